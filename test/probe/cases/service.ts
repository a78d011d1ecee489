/** Another service of the same listener. */

/** `tcps://[::1]:1522/` and what follows the name of the service. */
const EASY_CONNECT = /^(?<address>(?:\w+:)?(?:\/\/)?[^/?()\s]+\/)[^/:?()\s]+(?<rest>[^()\s]*)$/;

/** The connect string with this service; undefined where it is an alias, which only a tnsnames.ora explains. */
export function withService(connectString: string, service: string): string | undefined {
  const found = EASY_CONNECT.exec(connectString)?.groups;
  if (found !== undefined) return `${found['address']}${service}${found['rest']}`;
  const changed = connectString.replaceAll(/(\(\s*SERVICE_NAME\s*=)[^()]+(?=\))/gi, `$1${service}`);
  return changed === connectString ? undefined : changed;
}

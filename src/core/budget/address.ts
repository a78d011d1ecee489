/** Where a connect string leads, by the rules of Oracle Net: the same address has one form, however it is written. */

export type Address = {
  /** In lower case. A host of the cluster is "service.namespace". */
  readonly host: string;
  readonly port: string;
  /** Name of the service, or "sid=NAME", in lower case. */
  readonly service: string;
};

const DEFAULT_PORT = '1521';

/**
 * The addresses in an Easy Connect string or a connect descriptor. Empty for all else: where an alias of a tnsnames.ora leads, the
 * operator does not know. `namespace` completes the short name of a Service.
 */
export function addressesIn(connectString: string, namespace: string): readonly Address[] {
  const text = connectString.trim().replaceAll('"', '');
  const found = text.startsWith('(') ? fromDescriptor(text) : fromEasyConnect(text);
  return found.map(({ host, port, service }) => ({
    host: completeHost(host.toLowerCase(), namespace),
    port,
    service: service.toLowerCase(),
  }));
}

/** [[protocol:]//]host[:port][,host[:port]...][/service][:server][/instance][?parameters] */
const EASY_CONNECT = /^(?:(?:tcps?:)?\/\/)?(?<hosts>[^/?\s@()]+)(?:\/(?<service>[^:/?\s@]*)[^?\s@]*)?(?:\?\S*)?$/i;

const HOST_AND_PORT = /^(?:\[(?<ipv6>[\da-f:.]+)\]|(?<name>[\w.-]+))(?::(?<port>\d+))?$/i;

function fromEasyConnect(text: string): readonly Address[] {
  const { hosts = '', service = '' } = EASY_CONNECT.exec(text)?.groups ?? {};
  if (!/[:/]/.test(text)) return [];
  const parts = hosts.split(/[,;]/).map((part) => HOST_AND_PORT.exec(part)?.groups);
  let port = DEFAULT_PORT;
  // A host without a port has the port of the next one.
  const found = parts.toReversed().map((groups) => {
    port = groups?.['port'] ?? port;
    const host = groups?.['ipv6'] ?? groups?.['name'];
    return host === undefined ? undefined : { host, port, service };
  });
  return found.some((address) => address === undefined) ? [] : found.flatMap((address) => address ?? []);
}

function fromDescriptor(text: string): readonly Address[] {
  const service = valueOf('SERVICE_NAME', text);
  const sid = valueOf('SID', text);
  return [...text.matchAll(/\(\s*ADDRESS\s*=(?<fields>(?:\s*\([^()]*\))+)\s*\)/gi)].flatMap(({ groups }) => {
    const host = valueOf('HOST', groups?.['fields'] ?? '');
    const port = valueOf('PORT', groups?.['fields'] ?? '') ?? DEFAULT_PORT;
    return host === undefined ? [] : { host, port, service: service ?? (sid === undefined ? '' : `sid=${sid}`) };
  });
}

const valueOf = (name: string, text: string): string | undefined =>
  new RegExp(String.raw`\(\s*${name}\s*=\s*([^()\s]+)\s*\)`, 'i').exec(text)?.[1];

/** A name without a dot is that of a Service in the namespace of the profile. */
function completeHost(host: string, namespace: string): string {
  const name = host.replace(/\.$/, '').replace(/\.svc(?:\.cluster\.local)?$/, '');
  return /[.:]/.test(name) || name === 'localhost' ? name : `${name}.${namespace}`;
}

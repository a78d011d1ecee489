/** Keeps credentials out of everything that the probe says. Pure. */

/** Takes the secrets out of a text; `descriptor` is what the connect string was found to stand for. */
export type Scrub = (text: string, descriptor?: string) => string;

/**
 * A scrub of the passwords and of whatever in the connect string may be one; of the whole connect string, and what it
 * stands for, where it is a secret itself. Works on parameters that are invalid, too.
 */
export function scrubOf(environment: NodeJS.ProcessEnv): Scrub {
  const { DB_PASSWORD = '', WALLET_PASSWORD = '', DB_CONNECT_STRING = '', PROBE_SECRET_CONNECT_STRING } = environment;
  return (text, descriptor = '') => {
    const places = [DB_CONNECT_STRING, descriptor];
    const secrets = [DB_PASSWORD, WALLET_PASSWORD, ...places.flatMap(secretsInConnectString)]
      // The driver prints a connect string without its blanks.
      .flatMap((secret) => [secret, secret.trim(), secret.replaceAll(/\s/g, '')])
      .filter((secret) => secret !== '')
      .toSorted((one, other) => other.length - one.length);
    const scrubbed = secrets.reduce((rest, secret) => rest.replaceAll(secret, '***'), text);
    return PROBE_SECRET_CONNECT_STRING === undefined ? scrubbed : withoutPlaces(scrubbed, places.join(' '));
  };
}

/** Without hosts, ports and services as the connect strings have them, and the addresses that were found for them. */
function withoutPlaces(text: string, connectStrings: string): string {
  const words = (connectStrings.match(/[\w.$#-]+/g) ?? [])
    // The database knows itself by the first part alone; of an address a part is a plain number.
    .flatMap((word) => [word, ...word.split('.').filter((part) => /[a-z]/i.test(part))])
    .toSorted((one, other) => other.length - one.length);
  // Whole words: a port may be the beginning of another number.
  const patterns = words.map(
    (word) => new RegExp(`(?<![\\w.$#-])${word.replaceAll(/[.$]/g, '\\$&')}(?![\\w$#-])`, 'gi'),
  );
  return [...patterns, ...ADDRESSES].reduce((rest, pattern) => rest.replaceAll(pattern, '***'), text);
}

/** IPv4 and IPv6. */
const ADDRESSES = [/\b\d{1,3}(?:\.\d{1,3}){3}\b/g, /(?<![\w:])(?:[\da-f]{0,4}:){2,7}[\da-f.]*(?![\w:])/gi];

/**
 * What stands before an @, as in `user/password@host`, and the values of all keys that end in PASSWORD. The driver
 * uses none of them (a wallet's password apart), but it repeats a connect string that it cannot parse.
 */
function secretsInConnectString(connectString: string): string[] {
  const [, account = ''] = /^(.*)@/s.exec(connectString) ?? [];
  const password = account.split(/[/:]/).at(-1) ?? '';
  const values = [...connectString.matchAll(/PASSWORD\s*=\s*"?([^)&;"]+)/gi)].map(([, value = '']) => value);
  return [account, password, ...values];
}

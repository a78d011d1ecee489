/** Keeps credentials out of verdict and log. Pure. */

/** Replaces each secret in a text by ***. `descriptor` is the descriptor of the alias that the connect string names. */
export type Redact = (text: string, descriptor?: string) => string;

/**
 * Redacts both passwords and every part of the connect string that may be one. Where the connect string comes from a Secret
 * (PROBE_SECRET_CONNECT_STRING), hosts, ports, services and addresses are redacted, too. Works on invalid parameters.
 */
export function redactorFor(environment: NodeJS.ProcessEnv): Redact {
  const { DB_PASSWORD = '', WALLET_PASSWORD = '', DB_CONNECT_STRING = '', PROBE_SECRET_CONNECT_STRING } = environment;
  return (text, descriptor = '') => {
    const connectStrings = [DB_CONNECT_STRING, descriptor];
    const secrets = [DB_PASSWORD, WALLET_PASSWORD, ...connectStrings.flatMap(secretsInConnectString)]
      // The driver prints a connect string without white space.
      .flatMap((secret) => [secret, secret.trim(), secret.replaceAll(/\s/g, '')])
      .filter((secret) => secret !== '')
      .toSorted((one, other) => other.length - one.length);
    const redacted = secrets.reduce((rest, secret) => rest.replaceAll(secret, '***'), text);
    return PROBE_SECRET_CONNECT_STRING === undefined ? redacted : redactAddresses(redacted, connectStrings.join(' '));
  };
}

/** Redacts each host, port and service of the connect strings, and every IP address. */
function redactAddresses(text: string, connectStrings: string): string {
  const words = (connectStrings.match(/[\w.$#-]+/g) ?? [])
    // The database names itself by the first part of a name. Parts of an IP address are plain numbers and stay.
    .flatMap((word) => [word, ...word.split('.').filter((part) => /[a-z]/i.test(part))])
    .toSorted((one, other) => other.length - one.length);
  // Whole words only: a port may be the prefix of another number.
  const patterns = words.map(
    (word) => new RegExp(`(?<![\\w.$#-])${word.replaceAll(/[.$]/g, '\\$&')}(?![\\w$#-])`, 'gi'),
  );
  return [...patterns, ...ADDRESSES].reduce((rest, pattern) => rest.replaceAll(pattern, '***'), text);
}

/** IPv4 and IPv6. */
const ADDRESSES = [/\b\d{1,3}(?:\.\d{1,3}){3}\b/g, /(?<![\w:])(?:[\da-f]{0,4}:){2,7}[\da-f.]*(?![\w:])/gi];

/**
 * The text before an @, as in `user/password@host`, its last part, and the value of each key that ends in PASSWORD. The driver
 * uses none of them but a wallet's password, yet it repeats a connect string that it cannot parse.
 */
function secretsInConnectString(connectString: string): string[] {
  const [, account = ''] = /^(.*)@/s.exec(connectString) ?? [];
  const password = account.split(/[/:]/).at(-1) ?? '';
  const values = [...connectString.matchAll(/PASSWORD\s*=\s*"?([^)&;"]+)/gi)].map(([, value = '']) => value);
  return [account, password, ...values];
}

/** What in a connect string may be credentials. Operator and probe agree on it, and so does the CRD. Pure, and linear in the length. */

/**
 * Names whose value is a password: PASSWORD, WALLET_PASSWORD, ProxyPassword, Pwd. This text and those below mean the same to JavaScript and
 * to RE2, which CEL uses.
 */
const PASSWORD_NAME = String.raw`(?:\b|_)(?:\w{0,40}(?i:password|passwd)|(?i:pwd|pass))`;

/** A name of a password outside of a descriptor, as in `user=app pwd=...`, `Uid=app;Pwd=...` and `db/service?password=...`. */
export const WITH_PASSWORD = String.raw`^\s*(?:[^(\s](?s:.*)[\s;,?&])?\w{0,40}${PASSWORD_NAME}\s*=`;

/** In quotes, with a quote doubled where it is a part of the value, or in the braces of ODBC. */
const QUOTED = String.raw`"(?:[^"]|"")*"|'(?:[^']|'')*'|\{[^}]*\}`;

/** In a descriptor, a value ends with its parenthesis; elsewhere, with the next parameter. */
const PASSWORD_VALUE = new RegExp(
  String.raw`(\(\s*${PASSWORD_NAME}\s*=\s*)(${QUOTED}|[^)]+)|(${PASSWORD_NAME}\s*=\s*)(${QUOTED}|[^)&;]+)`,
  'g',
);

/** What stands before the user in connect strings of other drivers. */
const PREFIX = /^(?:jdbc:oracle:\w{1,20}:|\w{1,20}(?:\+\w{1,20})?:\/\/)/i;

/** The first parameter of an Easy Connect string: behind it, there may be an @, too. Other names may be a part of a password. */
export const FIRST_PARAMETER = String.raw`\?(?i:(?:my_wallet|wallet|ssl|tls|retry|connect|connection|transport|recv|send|expire|https|pool|load|source|service|use|token|tns|security)_\w{1,40}|sdu|tdu|failover|enable|compression)\s*=`;

const PARAMETERS = new RegExp(FIRST_PARAMETER);

/** A descriptor behind user and password. */
const DESCRIPTOR = /@\s*\(\s*(?:description|address)/i;

export type Account = {
  /** `app/s3cr3t` of `jdbc:oracle:thin:app/s3cr3t@db`; empty where the connect string has none. */
  readonly account: string;
  readonly before: string;
  /** With its @. */
  readonly after: string;
};

/** User and password before an @. A descriptor, and what follows an @, has none. */
export function splitAccount(connectString: string): Account {
  const text = connectString.trim();
  const before = PREFIX.exec(text)?.[0] ?? '';
  const rest = text.slice(before.length);
  const end = rest.startsWith('(') ? 0 : Math.max(0, endOfAccount(rest));
  return { before, account: rest.slice(0, end), after: rest.slice(end) };
}

function endOfAccount(rest: string): number {
  const descriptor = rest.search(DESCRIPTOR);
  if (descriptor >= 0) return descriptor;
  const parameters = rest.search(PARAMETERS);
  return rest.slice(0, parameters < 0 ? rest.length : parameters).lastIndexOf('@');
}

/** The values of all names of a password, without their quotes. Of one with a blank, the first word, too: what follows may be another parameter. */
export const passwordsIn = (connectString: string): readonly string[] =>
  [...connectString.matchAll(PASSWORD_VALUE)].flatMap(([, , inside, , outside]) => {
    const value = (inside ?? outside ?? '').trim();
    const bare = /^["'{]/.test(value) ? value.slice(1, -1) : value;
    return [...new Set([bare, bare.split(/\s/, 1)[0] ?? ''])];
  });

/** The connect string with *** for user and password. */
export function withoutCredentials(connectString: string): string {
  const { before, account, after } = splitAccount(connectString);
  const shown = account === '' ? `${before}${after}` : `${before}***${after}`;
  return shown.replaceAll(
    PASSWORD_VALUE,
    (_, one: string | undefined, _value, other: string | undefined) => `${one ?? other}***`,
  );
}

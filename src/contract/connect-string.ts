/** What in a connect string may be credentials. Operator and probe agree on it, and so does the CRD. Pure, and linear in the length. */

/** Names whose value is a password: PASSWORD, WALLET_PASSWORD, Pwd. The same text means the same to JavaScript and to RE2, which CEL uses. */
const PASSWORD_NAME = String.raw`(?i:password|passwd|pwd|pass)`;

/** A name of a password where no descriptor is, as in `user=app pwd=...`, `Uid=app;Pwd=...` and `db/service?password=...`. */
export const WITH_PASSWORD = String.raw`^\s*[^(\s][^(]*?[\s;?&]${PASSWORD_NAME}\s*=|^\s*${PASSWORD_NAME}\s*=`;

/** A value in quotes; in parentheses up to their end; elsewhere up to the next parameter. */
const PASSWORD_VALUE = new RegExp(
  String.raw`(\(\s*\w{0,40}${PASSWORD_NAME}\s*=\s*)("[^"]*"|'[^']*'|[^)]+)|(${PASSWORD_NAME}\s*=\s*)("[^"]*"|'[^']*'|[^)&;\s]+)`,
  'g',
);

/** What stands before the user in connect strings of other drivers. */
const PREFIX = /^(?:jdbc:oracle:\w{1,20}:|\w{1,20}(?:\+\w{1,20})?:\/\/)/i;

/** Behind it, parameters may have an @, too. */
const PARAMETERS = /\?\w+=/;

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
  const descriptor = rest.indexOf('@(');
  if (descriptor >= 0) return descriptor;
  const parameters = rest.search(PARAMETERS);
  return rest.slice(0, parameters < 0 ? rest.length : parameters).lastIndexOf('@');
}

/** The values of all names of a password, without their quotes. */
export const passwordsIn = (connectString: string): readonly string[] =>
  [...connectString.matchAll(PASSWORD_VALUE)].map(([, , inside, , outside]) =>
    (inside ?? outside ?? '').replaceAll(/^["']|["']$/g, ''),
  );

/** The connect string with *** for user and password. */
export function withoutCredentials(connectString: string): string {
  const { before, account, after } = splitAccount(connectString);
  const shown = account === '' ? `${before}${after}` : `${before}***${after}`;
  return shown.replaceAll(
    PASSWORD_VALUE,
    (_, one: string | undefined, _value, other: string | undefined) => `${one ?? other}***`,
  );
}

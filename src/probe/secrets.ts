/** Keeps credentials out of everything that the probe says. Pure. */

/** Takes the secrets out of a text. */
export type Scrub = (text: string) => string;

/** A scrub of the passwords and of whatever in the connect string may be one. Works on parameters that are invalid, too. */
export function scrubOf({ DB_PASSWORD, WALLET_PASSWORD, DB_CONNECT_STRING }: NodeJS.ProcessEnv): Scrub {
  const secrets = [DB_PASSWORD ?? '', WALLET_PASSWORD ?? '', ...secretsInConnectString(DB_CONNECT_STRING ?? '')]
    // The driver prints a connect string without its blanks.
    .flatMap((secret) => [secret, secret.trim(), secret.replaceAll(/\s/g, '')])
    .filter((secret) => secret !== '')
    .toSorted((one, other) => other.length - one.length);
  return (text) => secrets.reduce((rest, secret) => rest.replaceAll(secret, '***'), text);
}

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

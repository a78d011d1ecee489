/** What the status may show of a connect string. */

/** Before the @ that no parenthesis or parameter precedes; the prefixes of other drivers stay. */
const USER = /^((?:jdbc:oracle:\w+:|\w+(?:\+\w+)?:\/\/)?)(?!jdbc:)[^@(?]+(?:@[^@(?]*)*@/;

/** Values of WALLET_PASSWORD and the like. */
const PASSWORD = /(PASSWORD\s*=\s*"?)[^)&;"]+/gi;

/** The connect string with *** for user and password. The CRD rejects most of such strings, but a profile may be older than its rule. */
export const withoutCredentials = (connectString: string): string =>
  connectString.trim().replace(USER, '$1***@').replaceAll(PASSWORD, '$1***');

/**
 * Where credentials may stand in a connect string. Operator, probe and CRD ask the same question: does the text have one of the known forms,
 * none of which has a place for credentials? What has another form is not shown, whatever it holds. Pure.
 *
 * The patterns mean the same to JavaScript and to RE2, which CEL uses: no look-around, no \s, and no quote that would end a string of CEL.
 * Each token takes the white space behind it, and no two alternatives begin alike, so that they take linear time in JavaScript, too.
 */

const SPACE = String.raw`[ \t\r\n]*`;

/** Of a host, a service, an instance or an alias. A character in percent notation, or one that looks like an @, may hide credentials. */
const NAME = String.raw`[\w.$#-]+${SPACE}`;

/**
 * The value of a parameter, where `end` are the characters that end it. An @ may stand in a path and in a distinguished name (`CN=`) alone:
 * elsewhere it ends a user's password, as in `?https_proxy=user:password@proxy`.
 */
const value = (end: string) =>
  String.raw`=${SPACE}"?(?:/[^${end}]*|[\w.]+(?:=[^${end}]*|[^\w.=@${end}][^@${end}]*)?|[^\w.=@/" \t\r\n${end}][^@${end}]*)?`;

const PORT = String.raw`:${SPACE}\d+${SPACE}`;

/** host, [::1], host:port, host:port:SID */
const ADDRESS = String.raw`(?:\[[\w:.%-]+\]${SPACE}|${NAME})(?:${PORT}(?::${SPACE}${NAME})?)?`;

const PARAMETER = String.raw`[\w. \t\r\n-]*(?:${value('&()')})?`;

/** Easy Connect: `[[protocol:]//]host[:port][,...][/service[:server][/instance]][?parameters]`. An alias is a host alone. */
const EASY_CONNECT =
  String.raw`(?:(?i:tcps?:)?//${SPACE})?${ADDRESS}(?:[,;]${SPACE}${ADDRESS})*` +
  String.raw`(?:/${SPACE}(?:${NAME})?)?(?::${SPACE}(?i:dedicated|shared|pooled)${SPACE})?(?:/${SPACE}${NAME})?` +
  String.raw`(?:\?${PARAMETER}(?:&${PARAMETER})*)?`;

const DESCRIPTOR = String.raw`(?:#[^\n]*\n${SPACE})*\((?:[^=()@]*(?:${value('()')})?[()])+${SPACE}`;

/** What other drivers and tools write before it. The probe tells what to write instead. */
const PREFIX = String.raw`(?:(?i:jdbc:(?:\w{1,20}:){0,3}oracle:\w{1,20}:)?@${SPACE})?`;

/** Matches connect strings of the known forms as a whole. */
export const KNOWN_FORM = String.raw`^${SPACE}${PREFIX}(?:${EASY_CONNECT}|${DESCRIPTOR})$`;

/** Names of parameters whose value is a secret: WALLET_PASSWORD, pwd, access_token, azure_client_secret. TOKEN_AUTH is none. */
const SECRET_NAME = String.raw`[\w.-]*(?i:password|passwd|passphrase|secret|credential|private_?key)[\w.-]*|(?:[\w.-]*[_.-])?(?i:pwd|pass|token)`;

/**
 * Credentials that a known form has nevertheless: a parameter, a line such as `password: 12345`, or `@user/password`, where other drivers
 * write two slashes or a port.
 */
export const CREDENTIALS = String.raw`^${SPACE}(?i:password|passwd|passphrase|pwd|pass)${SPACE}:|[?&(]${SPACE}(?:${SECRET_NAME})${SPACE}=|[?&]${SPACE}(?i:user)${SPACE}=|^[^?("]*@${SPACE}${NAME}/`;

/** The CRD takes, and the driver reads, no longer connect string. */
const MAX_LENGTH = 4096;

const [isKnown, hasCredentials] = [new RegExp(KNOWN_FORM), new RegExp(CREDENTIALS)];

/** Whether the connect string has a known form, without credentials. */
export const isWithoutCredentials = (connectString: string): boolean =>
  connectString.length <= MAX_LENGTH && isKnown.test(connectString) && !hasCredentials.test(connectString);

/** In a descriptor, what says where it leads. */
const PLACE = new RegExp(
  String.raw`\(${SPACE}(?:HOST|PORT|SERVICE_NAME|SID)${SPACE}=${SPACE}"?[\w.:$#-]+"?${SPACE}\)`,
  'gi',
);

/**
 * What of a connect string may be shown: an Easy Connect string without its parameters, an alias, hosts, ports and services of a descriptor.
 * Undefined for the forms of other drivers, and for what may hold credentials.
 */
export function shownConnectString(connectString: string): string | undefined {
  if (!isWithoutCredentials(connectString)) return undefined;
  const text = connectString.trim();
  if (/^[#(]/.test(text)) return text.match(PLACE)?.join('');
  const [address = ''] = text.split('?', 1);
  return address.includes('@') ? undefined : address;
}

/** Column values: Oracle's own form of numbers, texts and dates. */

/** Numbers of the types whose values are byte strings. */
export const ORACLE_TYPE = {
  varchar: 1,
  number: 2,
  integer: 3,
  long: 8,
  date: 12,
  raw: 23,
  longRaw: 24,
  char: 96,
  binaryFloat: 100,
  binaryDouble: 101,
  timestamp: 180,
  timestampWithTimeZone: 181,
  timestampWithLocalTimeZone: 231,
  boolean: 252,
} as const;

/** A value as JSON or a program gives it. Numbers beyond 2^53 come as texts. */
export type Value = string | number | boolean | Date | null;

const ZERO = 0x80;
const EXPONENT_BIAS = 193;
const NEGATIVE_DIGIT_BIAS = 101;
const NEGATIVE_END = 102;
const MOST_BYTES_NEGATIVE = 21;

/** NUMBER: an exponent and digits of base 100. Takes decimal texts with or without an exponent. */
export function encodeNumber(value: number | string): Buffer {
  const { isNegative, digits, point } = decimal(String(value));
  if (digits === '') return Buffer.of(ZERO);
  // Base 100 needs an even count of digits before the decimal point.
  const even = (point & 1) === 0 ? digits : `0${digits}`;
  const pairs = (even.padEnd(even.length + (even.length & 1), '0').match(/../g) ?? []).map(Number);
  while (pairs.at(-1) === 0) pairs.pop();
  const exponent = EXPONENT_BIAS + Math.ceil(point / 2) - 1;
  if (!isNegative) return Buffer.of(exponent, ...pairs.map((pair) => pair + 1));
  const end = pairs.length + 1 < MOST_BYTES_NEGATIVE ? [NEGATIVE_END] : [];
  return Buffer.of(~exponent & 0xff, ...pairs.map((pair) => NEGATIVE_DIGIT_BIAS - pair), ...end);
}

/** A number's digits without leading zeroes, and after how many of them the decimal point stands. */
function decimal(text: string): { readonly isNegative: boolean; readonly digits: string; readonly point: number } {
  const match = /^(?<sign>[+-]?)(?<whole>\d*)\.?(?<fraction>\d*)(?:[eE](?<power>[+-]?\d+))?$/.exec(text);
  const { sign, whole = '', fraction = '', power = '0' } = match?.groups ?? {};
  if (whole + fraction === '') throw new Error(`encode a number: ${JSON.stringify(text)} is none`);
  const digits = `${whole}${fraction}`.replace(/^0+/, '');
  return { isNegative: sign === '-', digits, point: digits.length - fraction.length + Number(power) };
}

/** The decimal text of a NUMBER. */
export function decodeNumber(bytes: Buffer): string {
  const [head = ZERO, ...rest] = bytes;
  if (head === ZERO && rest.length === 0) return '0';
  const isNegative = (head & 0x80) === 0;
  const exponent = (isNegative ? ~head & 0xff : head) - EXPONENT_BIAS;
  const pairs = (rest.at(-1) === NEGATIVE_END && isNegative ? rest.slice(0, -1) : rest).map((digit) =>
    isNegative ? NEGATIVE_DIGIT_BIAS - digit : digit - 1,
  );
  const digits = pairs.map((pair) => String(pair).padStart(2, '0')).join('');
  const point = (exponent + 1) * 2;
  const whole = point <= 0 ? '' : digits.slice(0, point).padEnd(point, '0');
  const fraction = point <= 0 ? '0'.repeat(-point) + digits : digits.slice(point);
  const text = `${whole.replace(/^0+/, '') || '0'}.${fraction.replace(/0+$/, '')}`;
  return `${isNegative ? '-' : ''}${text.replace(/\.$/, '')}`;
}

/** DATE: seven bytes, of the time on this machine's clock. */
export function encodeDate(date: Date): Buffer {
  const year = date.getFullYear();
  return Buffer.of(
    Math.trunc(year / 100) + 100,
    (year % 100) + 100,
    date.getMonth() + 1,
    date.getDate(),
    date.getHours() + 1,
    date.getMinutes() + 1,
    date.getSeconds() + 1,
  );
}

export function decodeDate(bytes: Buffer): Date {
  const [century = 0, year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = bytes;
  return new Date((century - 100) * 100 + (year - 100), month - 1, day, hour - 1, minute - 1, second - 1);
}

/** TIMESTAMP WITH TIME ZONE: a date in UTC, nanoseconds, and a zone of 0 hours and minutes, each 20 and 60 too much. */
export function encodeTimestamp(date: Date): Buffer {
  const local = new Date(
    date.getUTCFullYear(),
    date.getUTCMonth(),
    date.getUTCDate(),
    date.getUTCHours(),
    date.getUTCMinutes(),
    date.getUTCSeconds(),
  );
  const nanoseconds = Buffer.alloc(4);
  nanoseconds.writeUInt32BE(date.getUTCMilliseconds() * 1_000_000);
  return Buffer.concat([encodeDate(local), nanoseconds, Buffer.of(20, 60)]);
}

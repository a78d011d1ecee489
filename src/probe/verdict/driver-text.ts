/** The driver's own words, made fit for a message: one line, short, the same for the same failure. Pure. */
import { ProbeError } from './probe-error.ts';

/** Longest text of the driver that is kept, in bytes. */
const TEXT_MAX_BYTES = 512;

/** The message of whatever was thrown; with the kind of error where it is neither the driver's nor the probe's own. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return 'code' in error || error instanceof ProbeError ? error.message : `${error.name}: ${error.message}`;
}

/** One line of at most 512 bytes. What differs from try to try goes: a condition would change for nothing. */
export function tidy(text: string): string {
  const line = text
    .replaceAll(/\s*\(CONNECTION_ID=[^)]*\)/g, '')
    .replaceAll(/\s*Help: https?:\S+/g, '')
    .replaceAll(/[\s\p{Cc}]+/gu, ' ')
    .trim();
  return cutToBytes(line, TEXT_MAX_BYTES);
}

/** The longest beginning of a text that has at most `max` bytes, never ending within a character. */
export function cutToBytes(text: string, max: number): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= max) return text;
  let end = max;
  // 10xxxxxx continues a character.
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytes.toString('utf8', 0, end);
}

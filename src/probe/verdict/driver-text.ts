/** The driver's error texts, fit for a message: one short line that is equal whenever the failure is. Pure. */
import { ProbeError } from './probe-error.ts';

/** Maximum length of a driver's text in a message, in bytes. */
const TEXT_MAX_BYTES = 512;

/** The message of anything that was thrown. Errors of neither the driver nor the probe are prefixed with their class. */
export function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return 'code' in error || error instanceof ProbeError ? error.message : `${error.name}: ${error.message}`;
}

/**
 * One line of at most 512 bytes, without what differs from attempt to attempt (connection id, help link): otherwise the
 * condition would change each time. White space comes first: then no pattern meets a run of it.
 */
export function normalize(text: string): string {
  const line = text
    .replaceAll(/[\s\p{Cc}]+/gu, ' ')
    .replaceAll(/ ?\(CONNECTION_ID=[^()]*\)/g, '')
    .replaceAll(/ ?Help: https?:\S+/g, '')
    .trim();
  return truncateToBytes(line, TEXT_MAX_BYTES);
}

/** The longest prefix of at most `max` bytes that does not split a character. */
export function truncateToBytes(text: string, max: number): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= max) return text;
  let end = max;
  // In UTF-8 a byte 10xxxxxx continues a character.
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytes.toString('utf8', 0, end);
}

/** Errors of the driver, which have a code. */
import { errorText } from '../verdict/driver-text.ts';

/** The error's code; undefined for one that has none. */
export const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error ? String(error.code) : undefined;

/** The error with more text behind its own, on a line of its own. It keeps its code, so it is classified as before. */
export function withText(error: unknown, text: string): Error {
  return Object.assign(new Error(`${errorText(error)}\n${text}`, { cause: error }), { code: codeOf(error) });
}

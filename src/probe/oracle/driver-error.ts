/** Errors of the driver with something added. */
import { errorText } from '../verdict/driver-text.ts';

/** The error with more text behind its own, on a line of its own. It keeps its code, so it is classified as before. */
export function withText(error: unknown, text: string): Error {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return Object.assign(new Error(`${errorText(error)}\n${text}`, { cause: error }), { code });
}

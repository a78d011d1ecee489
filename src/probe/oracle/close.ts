/** Closes a connection or pool without hanging and without hiding an earlier error: problems become warnings of the verdict. */
import { errorText } from '../verdict/driver-text.ts';
import { own, ownWords, type Text } from '../verdict/own-text.ts';
import type { Progress } from '../verdict/progress.ts';
import { within } from './time-limit.ts';

/** After that the probe goes on, and the end of the process closes the sockets. */
const CLOSE_TIMEOUT_MS = 2000;

/**
 * Waits at most 2 s for `closing`; never rejects. The driver's own close waits for an answer that a database may never send.
 * `what` names the closed thing in the warning.
 */
export async function close(what: string, closing: Promise<void>, progress: Progress): Promise<void> {
  const closed = closing.then<undefined, Text>(() => undefined, errorText);
  const problem = await within(CLOSE_TIMEOUT_MS, closed, () => own`not done within ${CLOSE_TIMEOUT_MS} ms`);
  if (problem !== undefined) progress.warnings.push(own`Closing ${ownWords(what)}: ${problem}`);
}

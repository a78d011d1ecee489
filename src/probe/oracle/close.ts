/** Closing that neither hangs nor hides why it came to it: what does not go well is a warning. */
import { messageOf } from '../verdict/driver-text.ts';
import type { Progress } from '../verdict/progress.ts';

/** How long closing may take. After that the end of the process closes the sockets. */
const CLOSE_LIMIT_MS = 2000;

/** Waits for a closing under way, but not for ever: the driver's own waits for a database that may never answer. */
export async function close(what: string, closing: Promise<void>, progress: Progress): Promise<void> {
  const expired = Promise.withResolvers<string>();
  const timer = setTimeout(() => expired.resolve(`not done within ${CLOSE_LIMIT_MS} ms`), CLOSE_LIMIT_MS);
  const closed = closing.then(() => undefined, messageOf);
  const problem = await Promise.race([closed, expired.promise]);
  clearTimeout(timer);
  if (problem !== undefined) progress.warnings.push(`Closing ${what}: ${problem}`);
}

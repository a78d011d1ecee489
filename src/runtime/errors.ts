/** An error that no retry can cure: the worker forgets the key until something changes. */
export class TerminalError extends Error {
  override readonly name = 'TerminalError' as const;
}

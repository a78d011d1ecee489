/** What a container wrote before it ended, as it may be shown in a status: the backend's author decides what it holds. */

/** Characters that are kept: the end of a longer text, where logs have the error. Also in the schema of `status.lastFailed`. */
const MAX_LENGTH = 2048;

// eslint-disable-next-line no-control-regex -- these sequences are what is removed.
const ANSI_SEQUENCE = /\u001B\[[0-9;?]*[ -/]*[@-~]/g;

/** Control characters and invisible format characters, which could change what a terminal shows. Line ends and tabs are kept. */
const INVISIBLE = /(?![\n\t])[\p{Cc}\p{Cf}]/gu;

/** Undefined where nothing is left. */
export function terminationMessage(text: string | undefined): string | undefined {
  const cleaned = (text ?? '').replace(ANSI_SEQUENCE, '').replace(INVISIBLE, '').trim();
  return cleaned === '' ? undefined : cleaned.slice(-MAX_LENGTH).toWellFormed();
}

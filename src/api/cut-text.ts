/** Cuts texts to a bound, between two characters. */

/** Room for "… (1234567 more characters)". */
const SUFFIX_MAX = 32;

/** Below this bound the suffix would take too much of the text: an ellipsis stands for it. */
const SHORT = 100;

/**
 * A text of at most `max` UTF-16 code units, without half a surrogate pair: zod counts code units, the API server counts code points.
 * A long text ends in how many characters (code points) are missing.
 */
export function cutText(text: string, max: number): string {
  const whole = text.toWellFormed();
  if (whole.length <= max) return whole;
  if (max < SHORT) return `${headOf(whole, max - 1)}…`;
  const head = headOf(whole, max - SUFFIX_MAX);
  return `${head}… (${Array.from(whole.slice(head.length)).length} more characters)`;
}

const headOf = (text: string, length: number) => text.slice(0, length).replace(/[\uD800-\uDBFF]$/, '');

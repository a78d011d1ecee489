/** Conversions of times, which are milliseconds since the epoch. Only this file in core uses Date, and it never reads the clock. */

/** Times in annotations are at most this, so that a sum of times still has a year of four digits. */
export const YEAR_9999 = Date.UTC(9999, 0);

/** A time as Kubernetes writes it: RFC 3339, UTC, whole seconds. */
export function toRfc3339(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;
}

/** Milliseconds since the epoch; NaN where the text is not a time in RFC 3339. */
export const parseRfc3339 = (text: string): number => Date.parse(text);

/** A time that the operator recorded, in milliseconds since the epoch. One that lies ahead, or is no time, counts as now. */
export function recordedTime(text: string, now: number): number {
  const found = parseRfc3339(text);
  return found < now ? found : now;
}

/** A wait, in milliseconds since the epoch. `since` may be of another machine's clock, or from before a clock was set. */
export type Wait = { readonly since: number; readonly until: number };

/**
 * Whether a wait is over. One that began further in the future than it lasts is over, too: a clock is wrong, so that nobody knows how long
 * ago it began. So no wait lasts more than twice as long as it should, whatever the clocks say.
 */
export const isOver = ({ since, until }: Wait, now: number): boolean => now >= until || since - now > until - since;

/** A span of milliseconds, rounded: "40 s", "3 min", "5 h". */
export function formatSpan(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  if (seconds < 90) return `${Math.max(10, Math.ceil(seconds / 10) * 10)} s`;
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`;
}

/** For libraries that take a Date. */
export const toDate = (milliseconds: number): Date => new Date(milliseconds);

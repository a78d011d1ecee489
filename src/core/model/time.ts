/** The one place in core that knows the calendar. Times are milliseconds since the epoch; none comes from this machine's clock. */

/** No time after it is believed: what is added to a time, and how it is written, has room. */
export const YEAR_9999 = Date.UTC(9999, 0);

/** A time as Kubernetes writes it: RFC 3339, UTC, whole seconds. */
export function toRfc3339(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;
}

/** The time that a text in RFC 3339 names; NaN where it names none. */
export const parseRfc3339 = (text: string): number => Date.parse(text);

/** For libraries that take a Date. */
export const toDate = (milliseconds: number): Date => new Date(milliseconds);

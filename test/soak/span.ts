/** Stretches of time on the wall clock, by which changes, faults and the lines of the audit log are held against each other. */
export type Span = {
  /** Milliseconds since the epoch. */
  readonly from: number;
  readonly to: number;
};

export const overlap = (a: Span, b: Span): boolean => a.from <= b.to && b.from <= a.to;

/** Milliseconds of a span that none of the others has. */
export function outside({ from, to }: Span, others: readonly Span[]): number {
  let counted = 0;
  let at = from;
  for (const other of others.toSorted((a, b) => a.from - b.from)) {
    counted += Math.max(0, Math.min(other.from, to) - at);
    at = Math.max(at, other.to);
  }
  return counted + Math.max(0, to - at);
}

/** `21:07:03 to 21:07:40`, in UTC like the audit log and the log of the run. */
export const inWords = ({ from, to }: Span): string => `${timeOfDay(from)} to ${timeOfDay(to)}`;

const timeOfDay = (ms: number) => new Date(ms).toISOString().slice(11, 19);

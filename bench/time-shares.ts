/** The operator's share of a change with probe and rollout: the time between the steps of Kubernetes itself. */

/** `performance.now()` when each was seen, by a watch of its own kind. */
export type Moments = Readonly<Record<'started' | 'jobMade' | 'proven' | 'changed' | 'rolled' | 'ready', number>>;

export type TimeShares = {
  readonly total: number;
  /** Until the Job is there; from its end until the template is changed; from the end of the rollout until Ready. */
  readonly before: number;
  readonly between: number;
  readonly after: number;
};

export const timeShares = ({ started, jobMade, proven, changed, rolled, ready }: Moments): TimeShares => ({
  total: ready - started,
  before: wait(started, jobMade),
  between: wait(proven, changed),
  after: wait(rolled, ready),
});

/**
 * The two moments come from two watches over two connections. After a stall of this process both are read at once, and the
 * later may be read first: then the wait is 0, not negative.
 */
const wait = (from: number, until: number) => Math.max(0, until - from);

/** Whose turn it is: probes of one Secret and connect string one at a time, all together no more than the settings say. */

export type RunningProbe = {
  readonly namespace: string;
  readonly turn: string | undefined;
  /** Its pod has not started for a while: it takes no place. */
  readonly idle?: {
    readonly job: string;
    readonly uid: string;
    readonly resourceVersion: string;
    /** Whether it gives up its turn, too: what it waits for is not what all of the turn would wait for. */
    readonly yields: boolean;
  };
};

export type WaitingProbe = RunningProbe & {
  readonly profile: string;
  /** When the last probe of this profile ended; 0 where there was none. */
  readonly servedAt: number;
};

export type Line = {
  /** Probes of all other profiles that run or are about to. */
  readonly running: readonly RunningProbe[];
  /** Other profiles that wait for their turn. */
  readonly waiting: readonly WaitingProbe[];
};

/**
 * Whether a probe may start now. Fair: first come those whose namespace has the fewest running, then those that were
 * served longest ago, so that neither a large namespace nor one that fails all the time keeps the others waiting.
 */
export function mayStart(me: WaitingProbe, { running, waiting }: Line, most: number): boolean {
  const isTaken = (one: RunningProbe) => running.some((other) => other.idle?.yields !== true && isSameTurn(one, other));
  if (isTaken(me)) return false;
  const placed = running.filter(({ idle }) => idle === undefined);
  const load = (one: RunningProbe) => placed.filter(({ namespace }) => namespace === one.namespace).length;
  const rank = (one: WaitingProbe) => [load(one), one.servedAt, `${one.namespace}/${one.profile}`] as const;
  const mine = rank(me);
  const ahead = waiting.filter((one) => !isTaken(one) && isBefore(rank(one), mine));
  return ahead.length < most - placed.length;
}

/**
 * The Jobs that must be gone before the probe starts. They have sent nothing, and might do so at any moment, beside it:
 * their profiles make them anew when it is their turn.
 */
export const yieldingTo = (me: RunningProbe, { running }: Pick<Line, 'running'>) =>
  running.flatMap((one) => (one.idle?.yields === true && isSameTurn(me, one) ? [one.idle] : []));

const isSameTurn = (one: RunningProbe, other: RunningProbe) =>
  one.turn !== undefined && one.turn === other.turn && one.namespace === other.namespace;

function isBefore(one: readonly (number | string)[], other: readonly (number | string)[]): boolean {
  const index = one.findIndex((value, at) => value !== other[at]);
  return index !== -1 && (one[index] ?? 0) < (other[index] ?? 0);
}

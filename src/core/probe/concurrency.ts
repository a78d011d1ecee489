/** Who may probe now: probes of one Secret and connect string run one at a time, all together no more than the settings allow. */
import type { Line, RunningProbe, WaitingProbe } from '../model/probe-queue.ts';

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

/**
 * When a proof is renewed: at a moment of the interval that is always the same for one profile. So probes are spread evenly, and
 * neither a restart nor an upgrade of the operator, after which all renewals that it missed are due, brings them all at once.
 *
 *   interval   ├─────────●───────┼─────────●───────┼─────────●───────┤     ● due
 *                  ▲ proven, or a new leader: the next ● is the renewal
 */
import { fractionOf } from './retry.ts';

/** The interval in which a proof of another version of the operator is renewed, where the profile has none. */
const DEFAULT_INTERVAL_MS = 86_400_000;

/** How far the clocks of two replicas of the operator may differ. */
const CLOCK_TOLERANCE_MS = 60_000;

export type ProofAge = {
  /** When the proof was recorded. */
  readonly provenAt: number;
  /** Whether another pod would run now than the one that gave the proof: another version of the operator made it. */
  readonly isOutdated: boolean;
  /** `probe.intervalSeconds`; 0 for no renewals but of outdated proofs. */
  readonly intervalSeconds: number;
  /** When this process began to lead. */
  readonly leadsSince: number;
  /** Decides the moment in the interval. */
  readonly seed: string;
  readonly now: number;
};

/** In milliseconds since the epoch; undefined for never. A proof from far in the future is due now: the clock was wrong once. */
export function renewalAt({
  provenAt,
  isOutdated,
  intervalSeconds,
  leadsSince,
  seed,
  now,
}: ProofAge): number | undefined {
  const intervalMs = intervalSeconds === 0 ? DEFAULT_INTERVAL_MS : intervalSeconds * 1000;
  if (provenAt > now + intervalMs + CLOCK_TOLERANCE_MS) return now;
  if (intervalSeconds === 0 && !isOutdated) return undefined;
  // A time in the future is of a clock that was set back since.
  const from = Math.max(provenAt, leadsSince > now ? 0 : leadsSince);
  const offset = Math.round(intervalMs * fractionOf(seed));
  return (Math.floor((from - offset) / intervalMs) + 1) * intervalMs + offset;
}

/** Whether a proof has expired, because its renewal and the next one did not succeed. */
export const isStale = (renewal: number | undefined, intervalSeconds: number, now: number): boolean =>
  renewal !== undefined && intervalSeconds > 0 && now > renewal + intervalSeconds * 1000;

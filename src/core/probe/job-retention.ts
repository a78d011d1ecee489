/** Which finished probe Jobs are kept for people to look at, and which are collected. */
import type { ObservedProbe } from '../model/observed.ts';
import { waitingReason } from './pod-waiting.ts';

/** Finished Jobs of a profile that are kept, and for how long. */
const MOST_KEPT = 3;
const KEPT_MS = 3_600_000;

export type Collection = {
  readonly collected: readonly ObservedProbe[];
  /** Milliseconds since the epoch when the next is due; undefined where nothing ages. */
  readonly nextAt: number | undefined;
};

/**
 * A Job that logs on, or is about to. Whatever is wanted by now, its answer is waited for, since a refused logon that
 * nobody hears of would be repeated. One that has not started has none, and that of one that only a sidecar keeps running
 * is written down.
 */
const isLoggingOn = (probe: ObservedProbe, now: number): boolean =>
  probe.end === undefined && probe.turn !== undefined && waitingReason(probe, now) === undefined;

/** The same with the wanted credentials. */
export const isBusy = (probe: ObservedProbe, turn: string | undefined, now: number): boolean =>
  probe.turn === turn && isLoggingOn(probe, now);

/** `needed` is what its profile still reads: it stays however old it is. `probeHash` is to be proven; undefined for nothing. */
export function collect(
  probes: readonly ObservedProbe[],
  needed: ObservedProbe | undefined,
  probeHash: string | undefined,
  now: number,
): Collection {
  const isObsolete = (probe: ObservedProbe) =>
    probe.end === undefined && probe.probeHash !== probeHash && !isLoggingOn(probe, now);
  const finished = probes
    .filter(({ end }) => end !== undefined)
    .toSorted((one, other) => (other.end?.at ?? 0) - (one.end?.at ?? 0) || (one.job < other.job ? 1 : -1));
  const goesAt = (probe: ObservedProbe) => (probe.end?.at ?? 0) + KEPT_MS;
  const old = finished.filter((probe, at) => probe !== needed && (at >= MOST_KEPT || now >= goesAt(probe)));
  const ageing = finished.filter((probe) => probe !== needed && !old.includes(probe)).map(goesAt);
  return {
    // What proves another configuration is ended at once: its answer is of no use any more.
    collected: [...probes.filter(isObsolete), ...old],
    nextAt: ageing.length === 0 ? undefined : Math.min(...ageing),
  };
}

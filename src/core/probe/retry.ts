/** When a failed probe is retried. The jitter is always the same for the same profile. */
import type { Verdict } from '../../contract/verdict.ts';
import { hashOf } from '../model/json.ts';
import { isLogonRejected } from '../../contract/logon-results.ts';
import { isDisruption } from '../../contract/verdict.ts';

const FIRST_PAUSE_MS = 30_000;
export const MAX_PAUSE_MS = 300_000;

/** The first pause after a disruption of the pod, which says nothing about the configuration. */
const FIRST_PAUSE_AFTER_DISRUPTION_MS = 2000;

/** Jitter, as a share of a pause: probes that failed together are not retried together. */
const PAUSE_JITTER = 0.2;

/** The longest pause with its jitter. */
export const MAX_PAUSE_MINUTES = Math.ceil((MAX_PAUSE_MS * (1 + PAUSE_JITTER)) / 60_000);

/** A number from 0 to 1 that is always the same for the same seed. */
export const fractionOf = (seed: string): number => Number.parseInt(hashOf(seed).slice(0, 6), 16) / 2 ** 24;

/** Milliseconds between the `failures`-th failure in a row (from 1) and the next attempt. `seed` decides the jitter. */
export function backoffMs(failures: number, seed: string, firstMs = FIRST_PAUSE_MS): number {
  const pause = Math.min(MAX_PAUSE_MS, firstMs * 2 ** Math.min(failures - 1, 20));
  return Math.round(pause * (1 + PAUSE_JITTER * fractionOf(`${seed}/${failures}`)));
}

/** When the operator retries a failed probe, in milliseconds since the epoch; undefined where a retry may lock the account. */
export function nextAttemptAt(
  verdict: Verdict,
  { endedAt, failures, seed }: { readonly endedAt: number; readonly failures: number; readonly seed: string },
): number | undefined {
  // Without a fingerprint, the operator cannot tell whether the credentials are still the rejected ones.
  if (isLogonRejected(verdict) && verdict.fingerprint === undefined) return undefined;
  const first = isDisruption(verdict) ? FIRST_PAUSE_AFTER_DISRUPTION_MS : FIRST_PAUSE_MS;
  return endedAt + backoffMs(failures, seed, first);
}

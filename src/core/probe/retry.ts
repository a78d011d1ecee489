/** When a probe is tried again, and when a proof is renewed. Spread a little, always the same for the same profile. */
import type { Verdict } from '../../contract/verdict.ts';
import { hashOf } from '../model/json.ts';
import { isLogonRejected } from '../../contract/logon-results.ts';
import { isDisruption } from '../../contract/verdict.ts';

const FIRST_PAUSE_MS = 30_000;
const LONGEST_PAUSE_MS = 300_000;

/** The first pause after a pod was taken away: nothing is wrong with what it was to prove. */
const FIRST_PAUSE_AFTER_DISRUPTION_MS = 2000;

/** Pauses are up to a fifth longer, intervals up to a tenth: what failed together does not come back together. */
const PAUSE_SPREAD = 0.2;
const INTERVAL_SPREAD = 0.1;

/** The longest pause with its spread. */
export const MAX_PAUSE_MINUTES = Math.ceil((LONGEST_PAUSE_MS * (1 + PAUSE_SPREAD)) / 60_000);

/** A number from 0 to 1 that is always the same for the same words. */
const fractionOf = (words: string): number => Number.parseInt(hashOf(words).slice(0, 6), 16) / 2 ** 24;

/** Milliseconds between the `failures`-th failure in a row (from 1) and the next attempt. `seed` decides the spread. */
export function backoffMs(failures: number, seed: string, firstMs = FIRST_PAUSE_MS): number {
  const pause = Math.min(LONGEST_PAUSE_MS, firstMs * 2 ** Math.min(failures - 1, 20));
  return Math.round(pause * (1 + PAUSE_SPREAD * fractionOf(`${seed}/${failures}`)));
}

/** When what failed is tried again by itself, in milliseconds since the epoch; undefined where that might do harm. */
export function nextAttemptAt(
  verdict: Verdict,
  { endedAt, failures, seed }: { readonly endedAt: number; readonly failures: number; readonly seed: string },
): number | undefined {
  // Without a fingerprint nobody can tell whether the credentials are still those that were refused.
  if (isLogonRejected(verdict) && verdict.fingerprint === undefined) return undefined;
  const first = isDisruption(verdict) ? FIRST_PAUSE_AFTER_DISRUPTION_MS : FIRST_PAUSE_MS;
  return endedAt + backoffMs(failures, seed, first);
}

/** When a proof of `at` is renewed; undefined for never. Each profile has its own place in the interval. */
export function renewalAt(at: number, intervalSeconds: number, seed: string): number | undefined {
  if (intervalSeconds === 0) return undefined;
  return Math.round(at + intervalSeconds * 1000 * (1 + INTERVAL_SPREAD * fractionOf(seed)));
}

/** Whether a proof is too old to be believed although nothing speaks against it: two renewals did not come about. */
export function isStale(at: number, intervalSeconds: number, now: number): boolean {
  return intervalSeconds > 0 && now > at + 2 * intervalSeconds * 1000;
}

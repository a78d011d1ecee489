/**
 * What /livez and /readyz answer: pure, from what is known of the caches, the lease and the event loop. Who leads does not
 * matter, one that waits is ready too; but one that could never lead is not.
 */
import type { Health } from './server.ts';

/** The API server is heard about once a minute, by bookmarks: silent for longer, the caches are not to be believed. */
const MAX_SILENCE_MS = 180_000;

/** The lease is read or written every two seconds, and a leader gives up after ten. */
const MAX_WITHOUT_LEASE_MS = 60_000;

/** A loop that is held up for so long answers late, and a lease is not renewed in time if it comes twice in a row. */
const READY_DELAY_MS = 2000;

/** As long as a lease lasts without renewal: nothing is done in time any more. */
const LIVE_DELAY_MS = 10_000;

export type WatchHealth = {
  /** As a person calls it. */
  readonly name: string;
  readonly isSynced: boolean;
  /** On the clock of `now`. */
  readonly lastContactAt: number;
  /** What went wrong since then. */
  readonly error: string | undefined;
};

/** When the lease was last read or written, on the clock of `now`, and what went wrong since. */
export type LeaseContact = { readonly lastContactAt: number; readonly error: string | undefined };

export type HealthInputs = {
  readonly watches: () => readonly WatchHealth[];
  /** Undefined before it is stood for: that waits for the caches. */
  readonly lease: () => LeaseContact | undefined;
  readonly maxDelayMs: () => number;
  readonly now: () => number;
};

export function healthChecks({ watches, lease, maxDelayMs, now }: HealthInputs): Health {
  return {
    live: () => delayOver(LIVE_DELAY_MS, maxDelayMs()),
    ready: () => [
      ...watches().flatMap((one) => staleness(one, now())),
      ...withoutLease(lease(), now()),
      ...delayOver(READY_DELAY_MS, maxDelayMs()),
    ],
  };
}

const because = (error: string | undefined) => (error === undefined ? '' : `: ${error}`);

function withoutLease(lease: LeaseContact | undefined, now: number): readonly string[] {
  if (lease === undefined || now - lease.lastContactAt < MAX_WITHOUT_LEASE_MS) return [];
  const seconds = Math.round((now - lease.lastContactAt) / 1000);
  return [`lease: neither read nor written for ${seconds} s${because(lease.error)}`];
}

function staleness({ name, isSynced, lastContactAt, error }: WatchHealth, now: number): readonly string[] {
  const why = because(error);
  if (!isSynced) return [`${name}: not listed yet${why}`];
  const silentMs = now - lastContactAt;
  return silentMs < MAX_SILENCE_MS
    ? []
    : [`${name}: the API server was last heard ${Math.round(silentMs / 1000)} s ago${why}`];
}

const delayOver = (limitMs: number, delayMs: number): readonly string[] =>
  delayMs < limitMs ? [] : [`event loop: held up for ${Math.round(delayMs / 1000)} s`];

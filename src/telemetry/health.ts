/**
 * What /livez and /readyz answer: pure, from what is known of the caches, the lease and the event loop. Who leads does not
 * matter, one that waits is ready too; but one that could never lead is not.
 */
import type { Health } from './server.ts';

/** The API server is heard about once a minute, by bookmarks: silent for longer, the caches are not to be believed. */
const LONGEST_SILENCE_MS = 180_000;

/** The lease is read or written every two seconds, and a leader gives up after ten. */
const LONGEST_WITHOUT_LEASE_MS = 60_000;

/** A loop that is held up for so long answers late, and a lease is not renewed in time if it comes twice in a row. */
const READY_DELAY_MS = 2000;

/** As long as a lease lasts without renewal: nothing is done in time any more. */
const LIVE_DELAY_MS = 10_000;

export type Watched = {
  /** As a person calls it. */
  readonly name: string;
  readonly isSynced: boolean;
  /** On the clock of `now`. */
  readonly heardAt: number;
  /** What went wrong since then. */
  readonly trouble: string | undefined;
};

/** When the lease was last read or written, on the clock of `now`, and what went wrong since. */
export type LeaseContact = { readonly heardAt: number; readonly trouble: string | undefined };

export type Vitals = {
  readonly watched: () => readonly Watched[];
  /** Undefined before it is stood for: that waits for the caches. */
  readonly lease: () => LeaseContact | undefined;
  readonly longestDelayMs: () => number;
  readonly now: () => number;
};

export function healthOf({ watched, lease, longestDelayMs, now }: Vitals): Health {
  return {
    live: () => delayOver(LIVE_DELAY_MS, longestDelayMs()),
    ready: () => [
      ...watched().flatMap((one) => staleness(one, now())),
      ...withoutLease(lease(), now()),
      ...delayOver(READY_DELAY_MS, longestDelayMs()),
    ],
  };
}

const because = (trouble: string | undefined) => (trouble === undefined ? '' : `: ${trouble}`);

function withoutLease(lease: LeaseContact | undefined, now: number): readonly string[] {
  if (lease === undefined || now - lease.heardAt < LONGEST_WITHOUT_LEASE_MS) return [];
  const seconds = Math.round((now - lease.heardAt) / 1000);
  return [`lease: neither read nor written for ${seconds} s${because(lease.trouble)}`];
}

function staleness({ name, isSynced, heardAt, trouble }: Watched, now: number): readonly string[] {
  const why = because(trouble);
  if (!isSynced) return [`${name}: not listed yet${why}`];
  const silentMs = now - heardAt;
  return silentMs < LONGEST_SILENCE_MS
    ? []
    : [`${name}: the API server was last heard ${Math.round(silentMs / 1000)} s ago${why}`];
}

const delayOver = (limitMs: number, delayMs: number): readonly string[] =>
  delayMs < limitMs ? [] : [`event loop: held up for ${Math.round(delayMs / 1000)} s`];

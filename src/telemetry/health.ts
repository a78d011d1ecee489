/**
 * What is wrong, for /livez and /readyz: by the state of the watches, the lease and the event loop. A standby is as ready as
 * the leader; a replica that cannot read or write the lease is not.
 */
import type { Health } from './server.ts';

/** The API server sends a bookmark about once a minute. After a longer silence the caches may be stale. */
const MAX_SILENCE_MS = 180_000;

/** The lease is read or written every two seconds; a leader gives up after ten. */
const MAX_WITHOUT_LEASE_MS = 60_000;

/** A replica whose event loop was blocked for this long is not ready: it answers late, and is close to losing its lease. */
const READY_DELAY_MS = 2000;

/** A replica whose event loop was blocked for this long is restarted. A leader may go no longer without renewing its lease. */
const LIVE_DELAY_MS = 10_000;

export type WatchHealth = {
  /** The name in messages, like `jobs in shop`. */
  readonly name: string;
  readonly isSynced: boolean;
  /** When the API server last sent something, on the clock of `now`. */
  readonly lastContactAt: number;
  /** The error since then; undefined where there is none. */
  readonly error: string | undefined;
};

/** When the lease was last read or written, on the clock of `now`, and the error since. */
export type LeaseContact = { readonly lastContactAt: number; readonly error: string | undefined };

export type HealthInputs = {
  readonly watches: () => readonly WatchHealth[];
  /** Undefined before the caches are synced: leader election starts after that. */
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

const withCause = (error: string | undefined) => (error === undefined ? '' : `: ${error}`);

function withoutLease(lease: LeaseContact | undefined, now: number): readonly string[] {
  if (lease === undefined || now - lease.lastContactAt < MAX_WITHOUT_LEASE_MS) return [];
  const seconds = Math.round((now - lease.lastContactAt) / 1000);
  return [`lease: not read or written for ${seconds} s${withCause(lease.error)}`];
}

function staleness({ name, isSynced, lastContactAt, error }: WatchHealth, now: number): readonly string[] {
  const why = withCause(error);
  if (!isSynced) return [`${name}: not listed yet${why}`];
  const silentMs = now - lastContactAt;
  return silentMs < MAX_SILENCE_MS
    ? []
    : [`${name}: no contact with the API server for ${Math.round(silentMs / 1000)} s${why}`];
}

const delayOver = (limitMs: number, delayMs: number): readonly string[] =>
  delayMs < limitMs ? [] : [`event loop: blocked for ${Math.round(delayMs / 1000)} s`];

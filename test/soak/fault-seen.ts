/** A fault as it befell the cluster, and the quiet after it, in which nothing was done to anybody but that profiles were changed. */
import type { Span } from './span.ts';

export type FaultSeen = Span & {
  readonly title: string;
  /** Whether the API server may have ended without having written into its log what it did last. */
  readonly breaksLog: boolean;
};

export type Quiet = Span & {
  /** Title of the fault before it. */
  readonly after: string;
  /** Profiles of which no change that was asked for in the quiet became Ready in it. */
  readonly missing: readonly string[];
  /** Whether the same process led from its begin to its end: one that starts lists everything anew, and hides what was lost. */
  readonly isOneLeader: boolean;
};

/** A lease that runs out is taken over within this. */
const TAKEOVER_MS = 17_000;

/** The longest pause of a watch before its next try; a key's own is no longer after faults of less than a minute. */
const BACKOFF_MS = 30_000;

/** A fault with its aftermath, for whose length nobody answers. */
export const withAftermath = ({ from, to }: Span): Span => ({ from, to: to + AFTERMATH_MS });

export const AFTERMATH_MS = TAKEOVER_MS + BACKOFF_MS;

/** The log line of each reconcile. The only place that logs the errors of a reconcile. */
import { LostRaceError } from '../controller/act/create.ts';
import { parseProfileKey } from '../controller/watch/caches.ts';
import { ApiError } from '../kube/errors.ts';
import type { Outcome } from '../runtime/worker.ts';
import type { Log } from '../telemetry/log.ts';

/** `key` is "namespace/name". */
export function logOutcome(log: Log, key: string, outcome: Outcome): void {
  const { namespace, name: profile } = parseProfileKey(key);
  switch (outcome.kind) {
    case 'success':
      return log.debug({ namespace, profile, requeueAfterMs: outcome.requeueAfterMs }, 'reconciled');
    case 'error':
      // The next pass sees what another writer has done.
      if (outcome.error instanceof ApiError && (outcome.error.isConflict || outcome.error.isNotFound))
        return log.debug({ namespace, profile }, outcome.error.message);
      // Rare, and the next pass sees the object; but a Job that no watch delivers is met in each pass.
      if (outcome.error instanceof LostRaceError) return log.info({ namespace, profile }, outcome.error.message);
      return log.error(
        { namespace, profile, retryInMs: Math.round(outcome.retryInMs), error: errorMessage(outcome.error) },
        'reconcile failed',
      );
  }
}

/** The messages of an error and of its cause, in one line. */
export function errorMessage(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}

/** What the leader does: it renews its lease and works on the queue, until it is told to stop or the lease is lost. */
import type { Elector } from '../kube/lease.ts';
import type { WorkQueue } from '../runtime/queue.ts';
import { pause } from '../runtime/timers.ts';
import type { Log } from '../telemetry/log.ts';

/** How long a shutdown waits for reconciles in flight. The lease is released after that. */
const SHUTDOWN_GRACE_MS = 3000;

export type Work = {
  readonly queue: WorkQueue;
  /** Settles once all workers have ended. */
  readonly workers: Promise<void>;
};

export type Leading = {
  readonly elector: Elector;
  /** Starts the workers on a new queue. */
  readonly startWork: () => Work;
  /** Resolves once the operator has to stop. */
  readonly stopping: Promise<unknown>;
  readonly log: Log;
};

/**
 * Works until `stopping` resolves, then waits up to `SHUTDOWN_GRACE_MS` for reconciles in flight; the lease is renewed
 * all the while. Resolves with `lost` as soon as another replica may lead. Throws what ended the workers.
 */
export async function whileLeading({ elector, startWork, stopping, log }: Leading): Promise<'stopped' | 'lost'> {
  log.info('became leader, starting workers');
  const stopRenewing = new AbortController();
  const renewing = elector.renew(stopRenewing.signal);
  const { queue, workers } = startWork();
  const ended = await Promise.race([renewing, workers, stopping.then(() => 'stopped' as const)]);
  queue.close();
  if (ended === 'lost') return ended;
  const isDrained = await Promise.race([
    workers.then(() => true),
    renewing.then(() => false),
    pause(SHUTDOWN_GRACE_MS).then(() => false),
  ]);
  if (!isDrained) log.warn(`in-flight work not finished within ${SHUTDOWN_GRACE_MS / 1000} s, exiting`);
  stopRenewing.abort();
  await renewing;
  return 'stopped';
}

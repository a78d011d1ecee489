/** The operator's process: starts its parts in order and stops them in reverse on SIGTERM. */
import { once } from 'node:events';
import { KubeConfig } from '@kubernetes/client-node';
import { readConfig } from './config.ts';
import { reconcile } from './controller/reconcile.ts';
import { createCaches, keepWatching } from './controller/watches.ts';
import { FIELD_MANAGER } from './core/naming.ts';
import { Client } from './kube/client.ts';
import { ApiError } from './kube/errors.ts';
import { WorkQueue } from './runtime/queue.ts';
import { type Outcome, work } from './runtime/worker.ts';
import { createLog, type Log } from './telemetry/log.ts';
import { serveHealth } from './telemetry/server.ts';

/** Milliseconds that one reconcile may take. */
const RECONCILE_DEADLINE_MS = 120_000;

/** The API server is heard about once a minute, by bookmarks: silent for longer, the caches are not to be believed. */
const LONGEST_SILENCE_MS = 180_000;

async function main(): Promise<void> {
  const config = readConfig(process.env);
  const log = createLog(config.logLevel);
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromDefault();
  const client = new Client(kubeConfig, FIELD_MANAGER);
  const queue = new WorkQueue({ backoff: { firstMs: 20, longestMs: 60_000 } });
  const caches = createCaches(
    (key) => queue.add(key),
    (error) => log.error({ error: messageOf(error) }, 'an object is passed over'),
  );
  const all = Object.values(caches);

  const stop = new AbortController();
  const health = await serveHealth(config.healthPort, {
    isAlive: () => true,
    isReady: () => all.every(({ isSynced, heardAt }) => isSynced && performance.now() - heardAt < LONGEST_SILENCE_MS),
  });
  const watching = keepWatching(client, caches, stop.signal, (path, { error, retryInMs }) =>
    log.warn(
      { path, retryInMs, error: messageOf(error) },
      'the API server did not answer a list or watch as it should',
    ),
  );
  log.info({ server: kubeConfig.getCurrentCluster()?.server }, 'started: waiting for the caches');

  const working = Promise.race([Promise.all(all.map(({ synced }) => synced)), once(stop.signal, 'abort')]).then(() => {
    if (stop.signal.aborted) return;
    log.info(
      { profiles: caches.profiles.size, deployments: caches.deployments.size },
      'caches are synced: reconciling',
    );
    return work({
      queue,
      concurrency: config.concurrency,
      deadlineMs: RECONCILE_DEADLINE_MS,
      retryAfterMs: (error) => (error instanceof ApiError ? error.retryAfterMs : 0),
      reconcile: (key, signal) =>
        reconcile(key, { client, caches, log, settings: { probeImage: config.probeImage }, now: Date.now }, signal),
      onOutcome: (key, outcome) => logOutcome(log, key, outcome),
    });
  });

  const signal = await Promise.race([
    once(process, 'SIGTERM').then(() => 'SIGTERM'),
    once(process, 'SIGINT').then(() => 'SIGINT'),
  ]);
  log.info({ signal }, 'stopping: no new work, what is in hand is finished');
  queue.close();
  stop.abort();
  await Promise.all([working, watching]);
  await client.close();
  health.close();
}

function logOutcome(log: Log, key: string, outcome: Outcome): void {
  const [namespace, profile] = key.split('/');
  switch (outcome.kind) {
    case 'success':
      return log.debug({ namespace, profile, lookAgainInMs: outcome.afterMs }, 'reconciled');
    case 'error':
      if (outcome.error instanceof ApiError && outcome.error.isConflict)
        return log.debug({ namespace, profile }, outcome.error.message);
      return log.error(
        { namespace, profile, retryInMs: Math.round(outcome.retryInMs), error: messageOf(outcome.error) },
        'reconcile failed',
      );
    case 'terminal':
      return log.error({ namespace, profile, error: messageOf(outcome.error) }, 'reconcile failed for good');
  }
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}

await main();

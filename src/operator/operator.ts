/**
 * The operator without its process: it watches all the time, and reconciles while it leads. Knows no environment, no
 * signals of the system and no exit codes.
 */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { KubeConfig } from '@kubernetes/client-node';
import type { OperatorOptions } from './options.ts';
import { Groups } from '../controller/observe/database-groups.ts';
import { Pace } from '../controller/act/status-throttle.ts';
import { reconcile } from '../controller/reconcile.ts';
import { Starts } from '../controller/observe/in-flight.ts';
import { type Caches, createCaches, enqueueListed, keepWatching, profileKey } from '../controller/watch/watches.ts';
import { FIELD_MANAGER } from '../core/model/naming.ts';
import { Client } from '../kube/client.ts';
import { retryAfterMs } from '../kube/errors.ts';
import { Elector } from '../kube/lease.ts';
import { logOutcome, errorMessage } from './outcome-log.ts';
import { WorkQueue } from '../runtime/queue.ts';
import { runWorkers } from '../runtime/worker.ts';
import { monitorEventLoop } from '../telemetry/event-loop.ts';
import { healthChecks, type LeaseContact, type WatchHealth } from '../telemetry/health.ts';
import type { Log } from '../telemetry/log.ts';
import { serveHealth } from '../telemetry/server.ts';

const LEASE = 'dbpool-operator';

/** Milliseconds that one reconcile may take. */
const RECONCILE_DEADLINE_MS = 120_000;

/** Milliseconds for which a stop waits for what is in hand; the release of the lease comes after it. */
const SHUTDOWN_GRACE_MS = 3000;

export type OperatorDeps = { readonly config: OperatorOptions; readonly kubeConfig: KubeConfig; readonly log: Log };

/**
 * Runs until the signal: then it finishes what is in hand, lets the lease go and resolves with `stopped`, within five
 * seconds. Resolves with `lost` where another may lead: the process must end at once.
 */
export async function runOperator(options: OperatorDeps, signal: AbortSignal): Promise<'stopped' | 'lost'> {
  const { config, kubeConfig, log } = options;
  const stopping = signal.aborted ? Promise.resolve() : once(signal, 'abort');
  const leaseClient = new Client(kubeConfig, FIELD_MANAGER);
  const elector = electorOf(options, leaseClient);
  const client = new Client(kubeConfig, FIELD_MANAGER, { canWrite: () => elector.isLeader() });
  // One who does not lead has none: it would keep the key of all that ever was. Once it leads, it looks at all that is.
  let queue: WorkQueue | undefined;
  const enqueue = (key: string) => queue?.add(key);
  const changed = (key: string) => {
    enqueue(key);
    groups.changed(key);
  };
  const caches = createCaches(config.namespaces, changed, (error) =>
    log.error({ error: errorMessage(error) }, 'an object is passed over'),
  );
  const groups = new Groups({ caches, settings: config, now: Date.now, enqueue });
  const starts = new Starts();
  const pace = new Pace();
  const eventLoop = monitorEventLoop();
  const vitals = {
    watches: () => watchedIn(caches),
    lease: () => inContact(elector),
    maxDelayMs: eventLoop.maxDelayMs,
    now: () => performance.now(),
  };
  const health = await serveHealth(config.healthPort, healthChecks(vitals));
  const stopWatching = new AbortController();
  const watching = keepWatching(client, caches, config, stopWatching.signal, (path, { error, retryInMs }) =>
    log.warn({ path, retryInMs, error: errorMessage(error) }, 'a list or watch was not answered as it should be'),
  );
  const { port } = health.address() as AddressInfo;
  const { namespaces = 'all', profileSelector = 'all' } = config;
  const server = kubeConfig.getCurrentCluster()?.server;
  log.info({ server, healthPort: port, namespaces, profileSelector }, 'started: waiting for the caches');

  // One namespace is enough to lead: what is missing in another one is told by /readyz.
  await Promise.race([...enqueueListed(caches, config.namespaces, changed), stopping]);
  if (!signal.aborted) log.info({ profiles: caches.profiles.size }, 'the caches are synced: waiting for the lease');
  const startWork = () => {
    queue = new WorkQueue({ backoff: { firstMs: 20, maxMs: 60_000 } });
    for (const profile of caches.profiles.values) queue.add(profileKey(profile));
    void logCaughtUp(queue, caches, log);
    const working = runWorkers({
      queue,
      concurrency: config.maxConcurrentReconciles,
      deadlineMs: RECONCILE_DEADLINE_MS,
      retryAfterMs,
      reconcile: (key, signal) =>
        reconcile(key, { client, caches, log, starts, groups, pace, settings: config, now: Date.now }, signal),
      onOutcome: (key, outcome) => logOutcome(log, key, outcome),
    });
    return { queue, working };
  };
  if ((await elector.acquire(signal)) && (await whileLeading({ elector, startWork, stopping, log })) === 'lost')
    return 'lost';

  await elector.release();
  stopWatching.abort();
  await watching;
  for (const one of [client, leaseClient]) one.close();
  eventLoop.close();
  health.close();
  return 'stopped';
}

/** What is listed and watched, each in words: `jobs`, `jobs in shop`. */
const watchedIn = (caches: Caches): readonly WatchHealth[] =>
  Object.entries(caches).flatMap(([kind, { syncState }]) =>
    syncState.all.map(({ namespace, isSynced, lastContactAt, error }) => ({
      name: namespace === '' ? kind : `${kind} in ${namespace}`,
      isSynced,
      lastContactAt,
      error: inWords(error),
    })),
  );

function inContact({ contact }: Elector): LeaseContact | undefined {
  if (contact === undefined) return undefined;
  const { lastContactAt, error } = contact;
  return { lastContactAt, error: inWords(error) };
}

const inWords = (error: unknown) => (error === undefined ? undefined : errorMessage(error));

/** Names of pods come again after a crash: what the last process held was not this one's. */
const electorOf = ({ config, log }: OperatorDeps, client: Client) =>
  new Elector({
    client,
    namespace: config.podNamespace,
    name: LEASE,
    identity: `${config.podName}_${crypto.randomUUID()}`,
    onError: (error) => log.warn({ error: errorMessage(error) }, 'the lease could not be read or written'),
  });

/** Resolves once it is logged how long after the start of the process every profile had been looked at. */
async function logCaughtUp(queue: WorkQueue, { profiles }: Caches, log: Log): Promise<void> {
  await queue.initialDrain;
  log.info({ profiles: profiles.size, processMs: Math.round(performance.now()) }, 'every profile has been looked at');
}

type Leading = {
  readonly elector: Elector;
  readonly startWork: () => { readonly queue: WorkQueue; readonly working: Promise<void> };
  readonly stopping: Promise<unknown>;
  readonly log: Log;
};

/** Works until `stopping`, and then finishes what is in hand, in bounded time. The lease is renewed all the while. */
async function whileLeading({ elector, startWork, stopping, log }: Leading): Promise<'stopped' | 'lost'> {
  log.info('this replica leads: reconciling');
  const stopKeeping = new AbortController();
  const keeping = elector.renew(stopKeeping.signal);
  const { queue, working } = startWork();
  const ended = await Promise.race([keeping, working, stopping.then(() => 'stopped' as const)]);
  queue.close();
  if (ended === 'lost') return ended;
  const isDrained = await Promise.race([
    working.then(() => true),
    keeping.then(() => false),
    pause(SHUTDOWN_GRACE_MS, false),
  ]);
  if (!isDrained) log.warn('what was in hand is left: it took too long');
  stopKeeping.abort();
  await keeping;
  return 'stopped';
}

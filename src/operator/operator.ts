/**
 * The operator without its process: it watches from the start, and reconciles while it is the leader. Environment,
 * signals and exit code are in src/main.ts.
 */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { KubeConfig } from '@kubernetes/client-node';
import { createController } from '../controller/controller.ts';
import { type Caches, enqueueListed, profileKey } from '../controller/watch/caches.ts';
import { runWatches } from '../controller/watch/watch.ts';
import { FIELD_MANAGER } from '../core/model/naming.ts';
import { Client } from '../kube/client.ts';
import { retryAfterMs } from '../kube/errors.ts';
import { Elector } from '../kube/lease.ts';
import { ALL_NAMESPACES } from '../kube/sync-state.ts';
import { WorkQueue } from '../runtime/queue.ts';
import { runWorkers } from '../runtime/worker.ts';
import { monitorEventLoop } from '../telemetry/event-loop.ts';
import { healthChecks, type LeaseContact, type WatchHealth } from '../telemetry/health.ts';
import type { Log } from '../telemetry/log.ts';
import { serveHealth } from '../telemetry/server.ts';
import { whileLeading } from './leading.ts';
import type { OperatorOptions } from './options.ts';
import { errorMessage, logOutcome } from './outcome-log.ts';

const LEASE = 'dbpool-operator';

/** After this the signal of a reconcile is aborted. */
const RECONCILE_DEADLINE_MS = 120_000;

export type OperatorDeps = {
  readonly options: OperatorOptions;
  readonly kubeConfig: KubeConfig;
  readonly log: Log;
};

/**
 * Runs until the signal is aborted: then it finishes in-flight work, releases the lease and resolves with `stopped`, within
 * five seconds. Resolves with `lost` where another replica may lead: the process must exit at once.
 */
export async function runOperator(deps: OperatorDeps, signal: AbortSignal): Promise<'stopped' | 'lost'> {
  const { options, kubeConfig, log } = deps;
  const stopping = signal.aborted ? Promise.resolve() : once(signal, 'abort');
  const leaseClient = new Client(kubeConfig, FIELD_MANAGER);
  const elector = createElector(deps, leaseClient);
  const client = new Client(kubeConfig, FIELD_MANAGER, { canWrite: () => elector.isLeader() });
  const { controller, startWork } = createWork(deps, client);
  const { caches } = controller;
  const eventLoop = monitorEventLoop();
  const checks = healthChecks({
    watches: () => watchHealth(caches),
    lease: () => leaseContact(elector),
    maxDelayMs: eventLoop.maxDelayMs,
    now: () => performance.now(),
  });
  const health = await serveHealth(options.healthPort, checks);
  const stopWatching = new AbortController();
  const watching = runWatches(client, { caches, scope: options }, stopWatching.signal, (path, { error, retryInMs }) =>
    log.warn({ path, retryInMs, error: errorMessage(error) }, 'list/watch failed, will retry'),
  );
  const { port } = health.address() as AddressInfo;
  const { namespaces = 'all', profileSelector = 'all' } = options;
  const server = kubeConfig.getCurrentCluster()?.server;
  log.info({ server, healthPort: port, namespaces, profileSelector }, 'waiting for caches to sync');

  // One synced namespace is enough to lead: /readyz names those that are not synced.
  await Promise.race([...enqueueListed(caches, options.namespaces, controller.changed), stopping]);
  if (!signal.aborted) log.info({ profiles: caches.profiles.size }, 'caches synced, waiting to become leader');
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

/** The controller, and the workers that a leader starts. */
function createWork({ options, log }: OperatorDeps, client: Client) {
  // A replica that does not lead has no queue: it would collect the key of every profile that ever was. A new leader
  // enqueues every profile that is.
  let queue: WorkQueue | undefined;
  const settings = { ...options, leadsSince: Date.now() };
  const controller = createController({
    client,
    log,
    settings,
    namespaces: options.namespaces,
    enqueue: (key) => queue?.add(key),
    onUnreadable: (error) => log.error({ error: errorMessage(error) }, 'ignoring unreadable object'),
  });
  const startWork = () => {
    // Jobs are dated by the clock of the cluster. Those that are there were made before, whatever this clock says.
    settings.leadsSince = controller.caches.jobs.values.reduce((at, job) => Math.max(at, job.createdAt), Date.now());
    queue = new WorkQueue({ backoff: { firstMs: 20, maxMs: 60_000 } });
    for (const profile of controller.caches.profiles.values) queue.add(profileKey(profile));
    void logInitialReconcile(queue, controller.caches, log);
    const workers = runWorkers({
      queue,
      concurrency: options.maxConcurrentReconciles,
      deadlineMs: RECONCILE_DEADLINE_MS,
      retryAfterMs,
      reconcile: controller.reconcile,
      onOutcome: (key, outcome) => logOutcome(log, key, outcome),
    });
    return { queue, workers };
  };
  return { controller, startWork };
}

/** Health of each list and watch. Its name is that of the cache, with the namespace where there is one: `jobs in shop`. */
const watchHealth = (caches: Caches): readonly WatchHealth[] =>
  Object.entries(caches).flatMap(([kind, { syncState }]) =>
    syncState.all.map(({ namespace, isSynced, lastContactAt, error }) => ({
      name: namespace === ALL_NAMESPACES ? kind : `${kind} in ${namespace}`,
      isSynced,
      lastContactAt,
      error: messageIfAny(error),
    })),
  );

function leaseContact({ contact }: Elector): LeaseContact | undefined {
  return contact && { lastContactAt: contact.lastContactAt, error: messageIfAny(contact.error) };
}

const messageIfAny = (error: unknown) => (error === undefined ? undefined : errorMessage(error));

/** The identity is new in each process: a restarted pod keeps its name, but not the lease of the process before. */
const createElector = ({ options, log }: OperatorDeps, client: Client) =>
  new Elector({
    client,
    namespace: options.podNamespace,
    name: LEASE,
    identity: `${options.podName}_${crypto.randomUUID()}`,
    onError: (error) => log.warn({ error: errorMessage(error) }, 'leader election: lease request failed'),
  });

/** Logs once every profile was reconciled for the first time, with the milliseconds since the start of the process. */
async function logInitialReconcile(queue: WorkQueue, { profiles }: Caches, log: Log): Promise<void> {
  await queue.initialDrain;
  const sinceStartMs = Math.round(performance.now());
  log.info({ profiles: profiles.size, sinceStartMs }, 'initial reconcile of all profiles done');
}

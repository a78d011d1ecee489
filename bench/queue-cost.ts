/**
 * What profiles that wait for a probe slot cost, without a cluster: ten of them probe, 20 share a namespace, and ten a
 * database. Prints the CPU of one pass over a waiting profile, and of the wake that follows the end of a probe; where nothing
 * ends, nothing runs. Run: node bench/queue-cost.ts
 */
import { observeBackend } from '../src/controller/observe/backend.ts';
import { DatabaseGroups } from '../src/controller/observe/database-groups.ts';
import { InFlight } from '../src/controller/observe/in-flight.ts';
import { ProbeSlots } from '../src/controller/observe/probe-slots.ts';
import { observeShared } from '../src/controller/observe/shared.ts';
import { createCaches, profileKey } from '../src/controller/watch/caches.ts';
import { RESOURCES } from '../src/controller/watch/resources.ts';
import { decide } from '../src/core/decide.ts';
import { LABEL } from '../src/core/model/naming.ts';
import type { KubeObject } from '../src/kube/types.ts';

const PROBING = 10;
const ROUNDS = 50;

const settings = {
  probeImage: 'dbpool-operator:bench',
  leadsSince: Date.now(),
  imagePullSecret: undefined,
  maxConcurrentProbes: PROBING,
  maxConcurrentRollouts: 1,
  crossNamespaceGroups: [],
};
const now = () => Date.now();
const created = new Date().toISOString();

const namesOf = (n: number) => ({ namespace: `ns-${Math.floor(n / 20)}`, name: `app-${n}` });
const metadataOf = (n: number) => ({
  ...namesOf(n),
  uid: `uid-${n}`,
  resourceVersion: '1',
  generation: 1,
  creationTimestamp: created,
});

const deployment = (n: number): KubeObject =>
  ({
    ...RESOURCES.Deployment,
    metadata: metadataOf(n),
    spec: { replicas: 1, template: { spec: { containers: [{ name: 'app' }] } } },
    status: { observedGeneration: 1, replicas: 1, updatedReplicas: 1, availableReplicas: 1 },
  }) as KubeObject;

const profile = (n: number): KubeObject => {
  const queued = { type: 'ProbeSucceeded', status: 'Unknown', reason: 'ProbeQueued', message: '' };
  const status = { conditions: [{ ...queued, lastTransitionTime: created }] };
  const database = {
    connectString: `db-${Math.floor(n / 10)}:1521/P`,
    credentialsSecretRef: { name: `app-${n}-db` },
  };
  return {
    ...RESOURCES.DbPoolProfile,
    metadata: metadataOf(n),
    spec: { targetRef: { name: `app-${n}` }, pool: { min: 2, max: 20 }, database },
    status: n < PROBING ? {} : { ...status, waitingFor: ['ProbeSlot'] },
  } as KubeObject;
};

/** The Job of a profile, which runs or has ended. */
const job = (n: number, version: number, hasEnded = false): KubeObject => {
  const { namespace, name, uid } = metadataOf(n);
  const conditions = hasEnded
    ? [{ type: 'Complete', status: 'True', lastTransitionTime: new Date().toISOString() }]
    : [];
  return {
    ...RESOURCES.Job,
    metadata: {
      namespace,
      name: `${name}-probe`,
      uid: `job-${n}`,
      resourceVersion: String(version),
      creationTimestamp: created,
      labels: { [LABEL.probe]: name },
      ownerReferences: [{ apiVersion: '', kind: '', name, uid, controller: true }],
    },
    status: { conditions },
  } as KubeObject;
};

function cpuMs(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

async function measure(count: number): Promise<void> {
  const woken: string[] = [];
  const changed = (key: string) => {
    groups.markDirty(key);
    probeSlots.markDirty(key);
  };
  const caches = createCaches(undefined, changed, (error) => {
    throw error;
  });
  const inFlight = new InFlight();
  const groups = new DatabaseGroups({ caches, settings, now, inFlight, enqueue: () => undefined });
  const probeSlots = new ProbeSlots({ caches, settings, now, inFlight, enqueue: (key) => void woken.push(key) });
  const all = Array.from({ length: count + PROBING }, (_, n) => n);
  for (const [kind, cache] of Object.entries(caches)) {
    const objects: Readonly<Record<string, readonly KubeObject[]>> = {
      profiles: all.map(profile),
      deployments: all.map(deployment),
      jobs: all.slice(0, PROBING).map((n) => job(n, 1)),
    };
    cache.apply({ kind: 'replace', items: objects[kind] ?? [], earlier: new Set(), version: '1' });
  }
  const pass = (key: string) => {
    const backend = observeBackend(key, { caches, settings, now });
    if (backend === undefined) throw new Error(`${key} is not there`);
    const shared = observeShared(backend, { caches, probeSlots, groups });
    decide({ ...backend, podSelectors: undefined, unlabelledPods: undefined, shared });
  };
  const waiting = all.slice(PROBING);
  const sample = Array.from(
    { length: ROUNDS },
    (_, at) => waiting[Math.floor((at * waiting.length) / ROUNDS)] ?? PROBING,
  );
  await new Promise(setImmediate);
  for (const n of sample) pass(profileKey(namesOf(n)));
  const passMs = cpuMs(() => sample.forEach((n) => pass(profileKey(namesOf(n))))) / ROUNDS;

  woken.length = 0;
  const before = process.cpuUsage();
  for (let round = 0; round < ROUNDS; round += 1) {
    // One ends, whoever is woken is reconciled, and the Job comes back as that of the next would.
    caches.jobs.apply({ kind: 'apply', object: job(round % PROBING, 2 * round + 2, true) });
    await new Promise(setImmediate);
    for (const key of woken.slice(-1)) pass(key);
    caches.jobs.apply({ kind: 'apply', object: job(round % PROBING, 2 * round + 3) });
    await new Promise(setImmediate);
  }
  const { user, system } = process.cpuUsage(before);
  const endMs = (user + system) / 1000 / ROUNDS;
  console.log(
    `${String(count).padStart(5)} waiting: ${passMs.toFixed(2)} ms a pass; a probe that ends wakes ${woken.length / ROUNDS} and costs ${endMs.toFixed(2)} ms; ten probes of 2 s each: ${((endMs * PROBING) / 2 / 10).toFixed(1)} % of a CPU`,
  );
}

for (const count of [100, 500, 1000, 2000, 5000]) await measure(count);

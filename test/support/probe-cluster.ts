/** Caches of a cluster whose profiles wait for probe slots, filled by hand, and whom the ProbeSlots over them enqueue. */
import { vi } from 'vitest';
import type { ProfileStatus } from '../../src/api/v1alpha1.ts';
import { InFlight } from '../../src/controller/observe/in-flight.ts';
import { ProbeSlots } from '../../src/controller/observe/probe-slots.ts';
import { type Caches, createCaches } from '../../src/controller/watch/caches.ts';
import { RESOURCES } from '../../src/controller/watch/resources.ts';
import { ANNOTATION, LABEL } from '../../src/core/model/naming.ts';
import { credentialsKeyOf } from '../../src/core/probe/pod.ts';
import type { KubeObject } from '../../src/kube/types.ts';

export const NOW = Date.parse('2026-01-01T12:00:00Z');

/** Caches of the cluster in which two probes may run at a time, and what is enqueued because it may start. */
export class ProbeCluster {
  readonly enqueued: string[] = [];
  readonly caches: Caches;
  readonly inFlight = new InFlight();
  readonly slots: ProbeSlots;
  #version = 0;

  constructor(limit = 2) {
    this.caches = createCaches(
      undefined,
      (key) => this.slots.markDirty(key),
      (error) => {
        throw error;
      },
    );
    const settings = { maxConcurrentProbes: limit };
    const enqueue = (key: string) => void this.enqueued.push(key);
    this.slots = new ProbeSlots({ caches: this.caches, settings, inFlight: this.inFlight, now: Date.now, enqueue });
  }

  list(...profiles: readonly KubeObject[]): void {
    for (const [kind, cache] of Object.entries(this.caches))
      cache.apply({ kind: 'replace', items: kind === 'profiles' ? profiles : [], earlier: new Set(), version: '1' });
  }

  put(kind: 'profiles' | 'jobs' | 'pods', object: KubeObject): void {
    this.caches[kind].apply({ kind: 'apply', object: this.#next(object) });
  }

  remove(kind: 'profiles' | 'jobs' | 'pods', object: KubeObject): void {
    this.caches[kind].apply({ kind: 'delete', object: this.#next(object) });
  }

  #next(object: KubeObject): KubeObject {
    this.#version += 1;
    return { ...object, metadata: { ...object.metadata, resourceVersion: String(this.#version + 100) } };
  }

  /** Whom the events up to now, or the time that passes, let start. */
  async woken(ms = 0): Promise<readonly string[]> {
    await vi.advanceTimersByTimeAsync(ms);
    return this.enqueued.splice(0).toSorted();
  }
}

const databaseOf = (secret: string) => ({ connectString: 'db:1521/P', credentialsSecretRef: { name: secret } });

export const QUEUED: ProfileStatus = {
  waitingFor: ['ProbeSlot'],
  conditions: [
    {
      type: 'ProbeSucceeded',
      status: 'Unknown',
      reason: 'ProbeQueued',
      message: '',
      lastTransitionTime: '2026-01-01T11:00:00Z',
    },
  ],
};

type ProfileChanges = {
  readonly secret?: string;
  readonly spec?: object;
  readonly status?: object;
  readonly metadata?: object;
};

/** A profile that waits, with a Secret of its own. */
export const profile = (
  name: string,
  { secret = name, spec = {}, status = QUEUED, metadata = {} }: ProfileChanges = {},
) =>
  ({
    ...RESOURCES.DbPoolProfile,
    metadata: { namespace: 'shop', name, uid: name, generation: 1, ...metadata },
    spec: { targetRef: { name }, database: databaseOf(secret), ...spec },
    status,
  }) as KubeObject;

/** The Job of a profile; `ageMs` is since when it is there. */
export const job = (
  owner: string,
  {
    secret = owner,
    ageMs = 0,
    endedMs,
    label = owner,
  }: { secret?: string; ageMs?: number; endedMs?: number; label?: string } = {},
) =>
  ({
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      namespace: 'shop',
      name: `${owner}-probe`,
      uid: `job-of-${owner}`,
      creationTimestamp: new Date(NOW - ageMs).toISOString(),
      labels: { [LABEL.probe]: label },
      annotations: {
        [ANNOTATION.credentialsKey]: credentialsKeyOf({ ...databaseOf(secret) } as Parameters<
          typeof credentialsKeyOf
        >[0]),
      },
      ownerReferences: [{ apiVersion: '', kind: '', name: owner, uid: owner, controller: true }],
    },
    ...(endedMs !== undefined && {
      status: {
        conditions: [{ type: 'Failed', status: 'True', lastTransitionTime: new Date(NOW - endedMs).toISOString() }],
      },
    }),
  }) as KubeObject;

export const pod = (owner: string, state: object) =>
  ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      namespace: 'shop',
      name: `${owner}-probe-x`,
      uid: `pod-of-${owner}`,
      labels: { [LABEL.probe]: owner },
      ownerReferences: [{ apiVersion: 'batch/v1', kind: 'Job', name: '', uid: `job-of-${owner}`, controller: true }],
    },
    status: { containerStatuses: [{ name: 'probe', state }] },
  }) as unknown as KubeObject;

export const running = (owner: string) => pod(owner, { running: { startedAt: new Date(NOW).toISOString() } });
export const NO_NODE = { waiting: { reason: 'Unschedulable', message: 'no node' } };
export const IDLE = {};

/** What a profile records of a probe. */
export const RESULT = {
  outcome: 'Succeeded',
  reason: 'PoolOpened',
  stage: 'done',
  message: '',
  remediation: '',
  attempt: 1,
  finishedAt: '2026-01-01T12:00:00Z',
} as const;

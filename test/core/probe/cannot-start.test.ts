/**
 * The probe's image cannot be pulled (a registry that is away, a tag or a pull secret that does not exist), or a quota rejects its pods: how
 * many Jobs the profiles make meanwhile.
 */
import { describe, expect, test } from 'vitest';
import { poolConfig } from '../../../src/core/config/pool-config.ts';
import { decide } from '../../../src/core/decide.ts';
import type { Observed, ObservedProbe, ObservedProfile } from '../../../src/core/model/observed.ts';
import { runningProbe } from '../../../src/core/probe/concurrency.ts';
import { probeRequest } from '../../../src/core/probe/start.ts';
import { DATABASE, deployment, NOW, observed, profile, renderedConfigMap, shared, spec } from '../builders.ts';
import { type Job, jobOf } from '../simulation/jobs.ts';
import { specOf } from '../simulation/user-actions.ts';

type Cause = 'image' | 'quota';

const STEP_MS = 1000;
const MINUTE = 60_000;
const config = poolConfig('search', spec().pool);

/** Profiles whose probes cannot start: of a namespace and a database each, or all with the same Secret. */
class Stuck {
  now = NOW;
  readonly created: number[];
  readonly #cause: Cause;
  readonly #jobs = new Map<number, Job>();
  readonly #profiles: ObservedProfile[];
  readonly #reconcileAt = new Map<number, number>();
  #version = 0;

  constructor(count: number, cause: Cause, isShared = false) {
    this.#cause = cause;
    this.created = Array.from({ length: count }, () => 0);
    this.#profiles = this.created.map((_, n) => {
      const database = { ...DATABASE, connectString: isShared ? 'db:1521/P' : `db-${n}:1521/P` };
      const wanted = spec({ probe: { policy: 'Required' }, database });
      return profile({
        namespace: isShared ? 'shop' : `ns-${n}`,
        name: `app-${n}`,
        uid: `uid-${n}`,
        spec: { kind: 'valid', spec: wanted },
      });
    });
  }

  pass(ms: number): void {
    for (const end = this.now + ms; this.now < end; this.now += STEP_MS)
      for (const n of this.created.keys()) if ((this.#reconcileAt.get(n) ?? 0) <= this.now) this.#reconcile(n);
  }

  #reconcile(n: number): void {
    const one = this.#profiles[n];
    if (one === undefined) throw new Error('no such profile');
    const { actions, status, requeueAfterMs = MINUTE } = decide(this.#observed(n, one));
    this.#profiles[n] = { ...one, status };
    for (const { kind, object } of actions) {
      if (kind === 'deleteProbe') this.#delete(object.metadata.name);
      if (kind !== 'startProbe') continue;
      this.#version += 1;
      this.#jobs.set(n, jobOf(object, one.uid, String(this.#version), this.now));
      this.created[n] = (this.created[n] ?? 0) + 1;
    }
    // While a Job is young, the caches report changes of its pod. The slot of another profile may be free within 5 s.
    const job = this.#jobs.get(n);
    const isAtRest = job !== undefined && this.now - job.createdAt > 10_000;
    this.#reconcileAt.set(n, this.now + (isAtRest ? requeueAfterMs : Math.min(requeueAfterMs, 5000)));
  }

  #delete(name: string): void {
    for (const [n, { job }] of this.#jobs) if (job === name) this.#jobs.delete(n);
  }

  #observed(n: number, one: ObservedProfile): Observed {
    const running = [...this.#jobs.keys()].flatMap((other) =>
      this.#seen(other).flatMap(
        (probe) =>
          runningProbe({ namespace: this.#profiles[other]?.namespace ?? '', probe, isUnrecorded: false }, this.now) ??
          [],
      ),
    );
    const waiting = this.#profiles
      .filter(({ status }) => status.waitingFor?.includes('ProbeSlot'))
      .map((waits) => probeRequest({ profile: waits, probes: [] }, specOf(waits)));
    const { name } = poolConfig(one.name, spec().pool);
    return observed({
      now: this.now,
      profile: one,
      deployment: deployment(),
      configMaps: [renderedConfigMap({ ...config, name })],
      probes: this.#seen(n),
      shared: shared({ running, waiting }),
    });
  }

  #seen(n: number): readonly ObservedProbe[] {
    const job = this.#jobs.get(n);
    if (job === undefined) return [];
    const age = this.now - job.createdAt;
    const pod = {
      name: `p-${n}`,
      ownerUid: job.uid,
      waiting: undefined,
      terminated: undefined,
      digest: job.podDigest,
      hostAliasesDigest: '',
      fieldDigests: {},
      failure: undefined,
    };
    if (this.#cause === 'quota')
      return [{ ...job, podCreationError: age > 2000 ? 'pods "x" is forbidden: exceeded quota: pods' : undefined }];
    const reason = age < 2000 ? 'ContainerCreating' : age < 6000 ? 'ErrImagePull' : 'ImagePullBackOff';
    return [{ ...job, pods: [{ ...pod, waiting: { reason, message: 'Back-off pulling image' } }] }];
  }
}

describe('a probe whose pod cannot start', () => {
  test.for<[Cause, number]>([
    ['image', 1],
    ['image', 20],
    ['quota', 20],
  ])('%s, %i profiles: Jobs are made after the pauses of any other failure', ([cause, count]) => {
    const stuck = new Stuck(count, cause);
    stuck.pass(5 * MINUTE);
    // At 0, 30, 90 and 210 s, and up to a fifth later.
    expect(Math.max(...stuck.created)).toBeLessThanOrEqual(4);
    expect(Math.min(...stuck.created)).toBeGreaterThanOrEqual(3);
  });

  test('a probe that cannot start for an hour makes a Job every five minutes or later', () => {
    const stuck = new Stuck(1, 'image');
    stuck.pass(60 * MINUTE);
    expect(stuck.created[0]).toBeLessThanOrEqual(4 + 11);
    expect(stuck.created[0]).toBeGreaterThanOrEqual(4 + 9);
  });

  test.for<Cause>(['image', 'quota'])('%s: profiles with one Secret do not take turns all the time', (cause) => {
    const stuck = new Stuck(2, cause, true);
    stuck.pass(5 * MINUTE);
    const sum = stuck.created.reduce((total, one) => total + one);
    expect(sum).toBeLessThanOrEqual(6);
    expect(Math.min(...stuck.created)).toBeGreaterThan(0);
  });
});

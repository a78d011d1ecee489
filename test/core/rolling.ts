/** A backend in the middle of a rollout, and what a look at it comes to: for the tests of what follows a roll. */
import { poolConfig } from '../../src/core/config/pool-config.ts';
import { decide } from '../../src/core/decide.ts';
import type { Observed, ObservedProfile } from '../../src/core/model/observed.ts';
import type { ProfileSpec } from '../../src/api/v1alpha1.ts';
import { carrying, NOW, observed, pods, profile, rendered, replicaSet, ROLLED, SETTLED, spec } from './builders.ts';

export const pool = spec().pool;
export const wanted = poolConfig('search', pool);
export const older = poolConfig('search', { ...pool, max: 20 });

export type Spec = { rollout?: Partial<ProfileSpec['rollout']>; changes?: Partial<ObservedProfile> };
export const asking = ({ rollout = {}, changes = {} }: Spec = {}) =>
  profile({ spec: { kind: 'valid', spec: spec({ probe: { policy: 'Disabled' }, rollout }) }, ...changes });

const { completedAt: _, ...begun } = { ...ROLLED, startedAt: NOW - 60_000 };
export const BEGUN = begun;
export const FAILED = { at: NOW - 1000, retry: '', rollback: '', reason: 'CrashLoopBackOff', message: 'Pod x crashes' };

/** The template carries the wanted configuration; it was good at `older` before. */
export const rolling = (changes: Partial<Observed> = {}): Observed =>
  observed({
    profile: asking(),
    configMaps: [rendered(wanted, { state: { rollout: BEGUN } }), rendered(older, { state: SETTLED })],
    deployment: carrying(wanted.name),
    replicaSets: [replicaSet(wanted.hash, 2, 3), replicaSet(older.hash, 1)],
    pods: pods(wanted.hash),
    ...changes,
  });

/** A backend that has run with the wanted configuration for a while. */
export const RUNNING: Partial<Observed> = {
  configMaps: [rendered(wanted, { state: SETTLED })],
  deployment: carrying(wanted.name),
  replicaSets: [replicaSet(wanted.hash, 2, 3)],
  pods: pods(wanted.hash),
};

export const ready = (seen: Observed) => decide(seen).status.conditions?.find(({ type }) => type === 'Ready');
export const condition = (seen: Observed, type: string) =>
  decide(seen).status.conditions?.find((one) => one.type === type);
export const did = (seen: Observed) =>
  decide(seen).actions.map(({ kind, object }) => `${kind} ${object.metadata.name}`);
export const marks = (seen: Observed) =>
  decide(seen).actions[0]?.object.metadata['annotations'] as Record<string, string>;
export const target = (seen: Observed) => {
  const write = decide(seen).actions.find(({ object }) => object.kind === 'Deployment');
  return JSON.stringify(write?.object['spec'] ?? '');
};

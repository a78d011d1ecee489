/** What users do to a simulated namespace: they edit profiles, Deployments, Secrets and the database, and make requests by annotation. */
import { FIELD_MANAGER } from '../../../src/core/model/naming.ts';
import type { ObservedContainer, ObservedProfile, ObservedVariable } from '../../../src/core/model/observed.ts';
import type { ProfileSpec } from '../../../src/api/v1alpha1.ts';
import { sourceSetBy, variableOf } from './apply-action.ts';
import type { Backend } from './backend.ts';
import { DATABASE, NOW, profile, spec, verdict } from '../builders.ts';
import { THEIR_CONFIG_MAP } from './pods.ts';
import type { World } from './world.ts';

/** Pods that read a larger DB_POOL_MAX than this crash, in some histories. */
export const TOO_MANY = 100;

export type Way = 'value' | 'otherValue' | 'largeValue' | 'configMap' | 'secret';
type Variable = 'DB_POOL_MIN' | 'DB_POOL_MAX';

export const specOf = (one: ObservedProfile): ProfileSpec => {
  if (one.spec.kind === 'invalid') throw new Error('the world holds valid specs only');
  return one.spec.spec;
};

type Changes = Partial<Omit<ProfileSpec, 'targetRef'>> & { readonly targetRef?: Partial<ProfileSpec['targetRef']> };

/** Somebody edits the spec of a profile, where it is there. */
export function change(world: World, { targetRef, ...changes }: Changes, name = 'search'): void {
  const one = world.named(name);
  if (one === undefined) return;
  const before = specOf(one);
  const edited = { ...before, ...changes, targetRef: { ...before.targetRef, ...targetRef } };
  world.put({
    ...one,
    generation: one.generation + 1,
    resourceVersion: world.nextVersion(),
    specChangedAt: world.now,
    spec: { kind: 'valid', spec: edited },
  });
}

export function edit(
  world: World,
  wanted: ProfileSpec['pool'],
  probe: ProfileSpec['probe']['policy'],
  rollout = {},
  name = 'search',
): void {
  const changed = spec({ pool: wanted, probe: { policy: probe }, rollout });
  change(world, { pool: changed.pool, probe: changed.probe, rollout: changed.rollout }, name);
}

type Requests = Partial<Pick<ObservedProfile, 'probeRequestedAt' | 'retryRequestedAt' | 'rollbackRequestedAt'>>;

export function makeRequest(world: World, requests: Requests, name = 'search'): void {
  const one = world.named(name);
  if (one !== undefined)
    world.put({ ...one, ...requests, resourceVersion: world.nextVersion(), specChangedAt: world.now });
}

/** A profile that is not there is applied again, as its manifest has it. */
function applyAgain(world: World, manifest: ObservedProfile): void {
  if (world.named(manifest.name) !== undefined) return;
  const version = world.nextVersion();
  const { uid } = manifest;
  world.put({ ...manifest, uid: `${uid} ${version}`, resourceVersion: version, createdAt: world.now, status: {} });
}

/** A second profile, of the other Deployment, with the Secret and connect string of the first. */
const SECOND = profile({
  name: 'orders',
  uid: 'orders-uid',
  createdAt: NOW - 1_800_000,
  spec: {
    kind: 'valid',
    spec: {
      ...spec({ probe: { policy: 'Required' } }),
      targetRef: { kind: 'Deployment', name: 'orders-api', adopt: false },
    },
  },
});

export const applySecond = (world: World) => applyAgain(world, SECOND);

/** With the spec that it had before. */
export function applyFirst(world: World): void {
  const { targetRef, ...rest } = spec({ probe: { policy: 'Disabled' } });
  const before = world.lastSpec ?? { ...rest, targetRef };
  applyAgain(world, profile({ spec: { kind: 'valid', spec: before } }));
}

/**
 * The first profile is deleted with Retain, and applied again under another name and with another max. False where it, or its Deployment, is
 * gone.
 */
export function renameProfile(world: World, name: string, max: number): boolean {
  const before = world.named('search');
  if (before === undefined || before.isDeleting || !world.backend.isThere) return false;
  world.catchUp();
  world.profiles = world.profiles.filter((one) => one !== before);
  const renamed = { ...specOf(before), pool: { ...specOf(before).pool, min: 0, max }, suspend: false };
  world.put({ ...before, name, uid: name, status: {}, finalizers: [], spec: { kind: 'valid', spec: renamed } });
  return true;
}

/** Another Secret of the same database. */
export function setCredentials(world: World, name: string): void {
  const { database } = spec({ database: { ...DATABASE, credentialsSecretRef: { name } } });
  change(world, { database });
}

/** Somebody sets DB_POOL_MAX by hand. */
export function setByHand(backend: Backend, value: string): void {
  const withEntry = (env: readonly ObservedVariable[]) => {
    const { managers = [] } = env.find(({ name }) => name === 'DB_POOL_MAX') ?? {};
    const entry = sourceSetBy('kubectl-set', variableOf({ name: 'DB_POOL_MAX', value }, managers));
    return [...env.filter(({ name }) => name !== entry.name), entry];
  };
  backend.write({ containers: editEnv(backend, withEntry) });
}

const WAYS: { readonly [W in Way]: object } = {
  value: { value: '30' },
  otherValue: { value: '31' },
  largeValue: { value: '90' },
  configMap: { valueFrom: { configMapKeyRef: { name: THEIR_CONFIG_MAP, key: 'max' } } },
  secret: { valueFrom: { secretKeyRef: { name: 'their-secret', key: 'max' } } },
};

/** The containers, with another environment of the first. */
function editEnv(
  { template }: Backend,
  change: (env: readonly ObservedVariable[]) => readonly ObservedVariable[],
): readonly ObservedContainer[] {
  return template.containers.map((one, index) => (index === 0 ? { ...one, env: change(one.env) } : one));
}

/** The owner sets a variable of the first container, whatever stands there: `kubectl set env`, or a manifest that is replaced. */
export function setVariable(backend: Backend, variable: Variable, way: Way, manager = 'helm'): void {
  const entry = variableOf({ name: variable, ...WAYS[way] }, [manager]);
  backend.write({ containers: editEnv(backend, (env) => [...env.filter(({ name }) => name !== variable), entry]) });
}

/** The owner's manifest does not have the variable any more: a client-side apply takes the whole entry out. */
export function dropVariable(backend: Backend, variable: Variable): void {
  backend.write({ containers: editEnv(backend, (env) => env.filter(({ name }) => name !== variable)) });
}

export function duplicate(backend: Backend, variable: Variable): void {
  const entry = variableOf({ name: variable, value: '32' }, ['helm']);
  backend.write({ containers: editEnv(backend, (env) => [...env, entry]) });
}

/** Of entries that stand there more than once, the owner leaves the operator's, or the first. */
export function unduplicate(backend: Backend): void {
  const isOurs = ({ managers }: ObservedVariable) => managers.includes(FIELD_MANAGER);
  const sorted = (env: readonly ObservedVariable[]) => env.toSorted((a, b) => Number(isOurs(b)) - Number(isOurs(a)));
  const first = (env: readonly ObservedVariable[]) =>
    sorted(env).filter(({ name }, index, all) => all.findIndex((one) => one.name === name) === index);
  backend.write({ containers: editEnv(backend, first) });
}

/** Entries of others, of variables that nobody takes over: the owner makes way. */
export function makeWay(backend: Backend): void {
  const isOurs = ({ managers }: ObservedVariable) => managers.every((manager) => manager === FIELD_MANAGER);
  const containers = backend.template.containers.map((one) => ({ ...one, env: one.env.filter(isOurs), envFrom: [] }));
  backend.write({ containers });
}

/** The first container takes all of a ConfigMap's keys, or no more. */
export function setEnvFrom(world: World, backend: Backend, isThere: boolean): void {
  world.sources = [{ name: 'their-env', data: { DB_POOL_MAX: '33' } }];
  const envFrom = isThere ? [{ kind: 'ConfigMap' as const, name: 'their-env', prefix: '' }] : [];
  backend.write({
    containers: backend.template.containers.map((one, index) => (index === 0 ? { ...one, envFrom } : one)),
  });
}

/** Another container is added behind the first, or taken out again. */
export function setSidecar(backend: Backend, isThere: boolean): void {
  const others = backend.template.containers.filter(({ name }) => name !== 'sidecar');
  const sidecar = backend.template.containers.find(({ name }) => name === 'sidecar');
  const fresh = { name: 'sidecar', env: [], envFrom: [], hasReadinessProbe: true };
  backend.write({ containers: isThere ? [...others, sidecar ?? fresh] : others });
}

/** The first container has another name: with all that is in it, or as a client-side apply does it, made anew. */
export function rename(backend: Backend, name: string, isMadeAnew: boolean): void {
  const containers = backend.template.containers.map((one, index) =>
    index > 0 || one.name === name ? one : { ...one, name, env: isMadeAnew ? [] : one.env },
  );
  backend.write({ containers });
}

/** The Deployment is made anew, from a manifest without variables. */
export function recreate(world: World, backend: Backend): void {
  if (backend.isThere) world.deleteBackend(backend);
  backend.create([{ name: 'app', env: [], envFrom: [], hasReadinessProbe: true }]);
}

/** Healthy pods and database, nobody in the way, and a person who asks: what lets every history end well. */
export function mend(world: World, last: ProfileSpec['pool'], lastPolicy: ProfileSpec['probe']['policy']): void {
  world.database.nextVerdict = verdict();
  world.database.password = 'right';
  for (const name of Object.keys(world.database.secrets)) world.database.secrets[name] = 'right';
  for (const backend of world.backends) mendBackend(world, backend);
  const { isDeleting = false, finalizers = [] } = world.named('search') ?? {};
  if (isDeleting) world.converge(['search']);
  if (finalizers.length === 0 || isDeleting) applyAgain(world, profile());
  for (const name of ['search', 'orders']) {
    const target = name === 'search' ? 'search-api' : 'orders-api';
    change(world, { suspend: false, targetRef: { name: target, container: undefined } }, name);
    // A value that was handled is no new request.
    const request = String(world.now);
    makeRequest(world, { probeRequestedAt: request, retryRequestedAt: request, rollbackRequestedAt: undefined }, name);
  }
  edit(world, last, lastPolicy);
}

/** After a contest for the variables, a profile stays `Stalled` until it is forgotten, which takes 4 h at most. */
export function forgetContests(world: World): void {
  world.wait(4 * 3_600_000);
  world.converge();
}

function mendBackend(world: World, backend: Backend): void {
  if (!backend.isThere) recreate(world, backend);
  backend.recover();
  unduplicate(backend);
  setSidecar(backend, false);
  makeWay(backend);
}

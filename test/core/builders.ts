/** Plain data for the core's tests: a profile, a backend and what surrounds them, each complete and changed only where a test says so. */
import { FIELD_MANAGER } from '../../src/core/naming.ts';
import type {
  Observed,
  ObservedDeployment,
  ObservedProbe,
  ObservedProfile,
  ObservedVariable,
} from '../../src/core/observed.ts';
import { type ProfileSpec, specSchema } from '../../src/profile.ts';
import type { Verdict } from '../../src/verdict.ts';

export const NOW = Date.parse('2026-01-01T12:00:00Z');

export const DATABASE = {
  connectString: 'oracle:1521/FREEPDB1',
  credentialsSecretRef: { name: 'search-api-db' },
};

type SpecInput = {
  pool?: Partial<ProfileSpec['pool']>;
  probe?: Partial<ProfileSpec['probe']>;
  container?: string;
  database?: object;
};

/** A valid spec, parsed as one from the cluster is. */
export function spec({ pool, probe, container, database = DATABASE }: SpecInput = {}): ProfileSpec {
  return specSchema.parse({
    targetRef: { name: 'search-api', ...(container && { container }) },
    pool: pool ?? {},
    probe: probe ?? {},
    database,
  });
}

export function profile(changes: Partial<ObservedProfile> = {}): ObservedProfile {
  return {
    namespace: 'shop',
    name: 'search',
    uid: 'profile-uid',
    generation: 1,
    probeRequestedAt: undefined,
    spec: { kind: 'valid', spec: spec({ probe: { policy: 'Disabled' } }) },
    status: {},
    ...changes,
  };
}

export function deployment(changes: Partial<ObservedDeployment> = {}): ObservedDeployment {
  const replicas = changes.replicas ?? 3;
  return {
    name: 'search-api',
    uid: 'deployment-uid',
    resourceVersion: '100',
    generation: 1,
    replicas,
    paused: false,
    defaultContainer: undefined,
    containers: [{ name: 'app', env: [] }],
    status: {
      observedGeneration: 1,
      replicas,
      updatedReplicas: replicas,
      availableReplicas: replicas,
      deadlineExceeded: undefined,
    },
    ...changes,
  };
}

export const variable = (
  name: string,
  source: ObservedVariable['source'],
  ...managers: string[]
): ObservedVariable => ({ name, source, managers });

/** The four variables as the operator writes them. */
export const pointingAt = (configMap: string, ...managers: string[]): ObservedVariable[] =>
  ['DB_POOL_MIN', 'DB_POOL_MAX', 'DB_POOL_TIMEOUT', 'DB_POOL_RECYCLE'].map((name) =>
    variable(
      name,
      { kind: 'configMap', name: configMap, key: name },
      ...(managers.length === 0 ? [FIELD_MANAGER] : managers),
    ),
  );

export function observed(changes: Partial<Observed> = {}): Observed {
  return {
    now: NOW,
    settings: { probeImage: 'dbpool-operator:test' },
    profile: profile(),
    deployment: deployment(),
    configMaps: [],
    probes: [],
    ...changes,
  };
}

export function verdict(changes: Partial<Verdict> = {}): Verdict {
  return {
    version: 1,
    outcome: 'Succeeded',
    reason: 'PoolOpened',
    stage: 'done',
    message: 'The pool opened.',
    remedy: '',
    ...changes,
  };
}

/** A probe Job that has ended with this verdict, a minute ago. */
export function ended(said: Verdict, exitCode: number, changes: Partial<ObservedProbe> = {}): ObservedProbe {
  return {
    job: 'search-probe-0000000000-1',
    uid: 'job-uid',
    ownerUid: 'profile-uid',
    probeHash: '0000000000',
    attempt: 1,
    requestedAt: undefined,
    createdAt: NOW - 120_000,
    end: { succeeded: said.outcome === 'Succeeded', at: NOW - 60_000, reason: '', message: '' },
    pods: [
      {
        name: 'search-probe-0000000000-1-abcde',
        ownerUid: 'job-uid',
        waiting: undefined,
        terminated: { exitCode, message: JSON.stringify(said) },
        failure: undefined,
      },
    ],
    ...changes,
  };
}

/** The configuration that a profile wants: the variables, their hash, and the ConfigMap that carries them. */
import type { PoolNumbers, ProfileSpec } from '../profile.ts';
import { hashOf } from './hash.ts';
import { configMapName, LABEL, MANAGED_BY, type OwnerReference, ownedByDeployment } from './naming.ts';
import type { ObservedConfigMap, ObservedDeployment, ObservedProfile } from './observed.ts';
import { type Action, done, type Step, stalled } from './step.ts';

/** The variables that the backend reads its pool from, in the order in which they are written. */
export const VARIABLES = ['DB_POOL_MIN', 'DB_POOL_MAX', 'DB_POOL_TIMEOUT', 'DB_POOL_RECYCLE'] as const;

/** The value of each variable, as in the ConfigMap's data. */
export type ConfigData = Readonly<Record<(typeof VARIABLES)[number], string>>;

export type Config = {
  /** Name of the ConfigMap. */
  readonly name: string;
  /** The configHash: it decides rolling. */
  readonly hash: string;
  readonly data: ConfigData;
  readonly numbers: PoolNumbers;
};

export function configOf(profile: string, pool: ProfileSpec['pool']): Config {
  const data: ConfigData = {
    DB_POOL_MIN: String(pool.min),
    DB_POOL_MAX: String(pool.max),
    DB_POOL_TIMEOUT: String(pool.timeoutSeconds),
    DB_POOL_RECYCLE: String(pool.recycleSeconds),
  };
  const hash = hashOf(data);
  const { min, max, timeoutSeconds, recycleSeconds } = pool;
  return {
    name: configMapName(profile, hash),
    hash,
    data,
    numbers: { hash, min, max, timeoutSeconds, recycleSeconds },
  };
}

/** The numbers in a person's words. */
export function inWords({ min, max, timeoutSeconds, recycleSeconds }: PoolNumbers): string {
  return `min ${min}, max ${max}, timeout ${timeoutSeconds} s, recycle ${recycleSeconds} s`;
}

export function hasSameData(configMap: ObservedConfigMap, data: ConfigData): boolean {
  return (
    Object.keys(configMap.data).length === VARIABLES.length &&
    VARIABLES.every((name) => configMap.data[name] === data[name])
  );
}

/** Whether the ConfigMap is there, immutable, with the wanted data, and lives as long as the Deployment. */
export function configIsRendered(
  config: Config,
  profile: ObservedProfile,
  deployment: ObservedDeployment,
  configMaps: readonly ObservedConfigMap[],
): Step {
  const finding = (status: 'True' | 'False', reason: string, message: string) =>
    ({ type: 'ConfigRendered', status, reason, message }) as const;
  const found = configMaps.find(({ name }) => name === config.name);
  if (found === undefined) {
    return {
      finding: finding('True', 'Rendered', `ConfigMap ${config.name}: ${inWords(config.numbers)}`),
      progress: 'Done',
      holds: false,
      actions: [
        {
          kind: 'create',
          object: configMapObject(config, profile, [ownedByDeployment(deployment.name, deployment.uid)]),
        },
      ],
    };
  }
  if (!found.immutable || !hasSameData(found, config.data)) {
    return stalled(
      finding(
        'False',
        'ConfigMapNotOurs',
        `ConfigMap ${config.name} is there with other data or can be changed: the operator did not make it so. Delete it.`,
      ),
    );
  }
  return done(
    finding('True', 'Rendered', `ConfigMap ${config.name}: ${inWords(config.numbers)}`),
    adoptedBy(found, config, profile, deployment),
  );
}

/**
 * A ConfigMap that another Deployment owns (the one before it was made anew, or a former target) is owned by this
 * one too, so that it lives as long as any pod that may need it.
 */
function adoptedBy(
  found: ObservedConfigMap,
  config: Config,
  profile: ObservedProfile,
  deployment: ObservedDeployment,
): Action[] {
  if (found.owners.some(({ uid }) => uid === deployment.uid)) return [];
  const object = configMapObject(config, profile, [
    ...found.owners,
    ownedByDeployment(deployment.name, deployment.uid),
  ]);
  return [
    { kind: 'apply', object: { ...object, metadata: { ...object.metadata, resourceVersion: found.resourceVersion } } },
  ];
}

function configMapObject(config: Config, profile: ObservedProfile, ownerReferences: readonly OwnerReference[]) {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      namespace: profile.namespace,
      name: config.name,
      labels: { ...MANAGED_BY, [LABEL.profile]: profile.name },
      ownerReferences,
    },
    immutable: true,
    data: config.data,
  };
}

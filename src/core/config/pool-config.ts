/** The configuration that a profile wants: the variables, their hash, and the ConfigMap that carries them. */
import type { PoolNumbers, ProfileSpec } from '../../api/v1alpha1.ts';
import { annotated, configMapObject } from './config-map.ts';
import { hashOf } from '../model/json.ts';
import { configHashFromName, configMapName, isConfigMapNameOf, deploymentOwnerReference } from '../model/naming.ts';
import type { ObservedConfigMap, ObservedDeployment, ObservedProfile } from '../model/observed.ts';
import { done, type StepResult, stalled } from '../model/decision.ts';
import { VARIABLES } from '../model/variables.ts';
/** The value of each variable, as in the ConfigMap's data. */
export type ConfigData = Readonly<Record<(typeof VARIABLES)[number], string>>;

export type PoolConfig = {
  /** Name of the ConfigMap. */
  readonly name: string;
  /** The configHash: it decides rolling. */
  readonly hash: string;
  readonly data: ConfigData;
  readonly settings: PoolNumbers;
};

export function poolConfig(profile: string, pool: ProfileSpec['pool']): PoolConfig {
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
    settings: { hash, min, max, timeoutSeconds, recycleSeconds },
  };
}

/** The numbers in a person's words. */
export function formatSettings({ min, max, timeoutSeconds, recycleSeconds }: PoolNumbers): string {
  return `min ${min}, max ${max}, timeout ${timeoutSeconds} s, recycle ${recycleSeconds} s`;
}

export function hasSameData(configMap: ObservedConfigMap, data: ConfigData): boolean {
  return (
    Object.keys(configMap.data).length === VARIABLES.length &&
    VARIABLES.every((name) => configMap.data[name] === data[name])
  );
}

/** The configuration that a ConfigMap of the profile carries; undefined where it is none that the operator made. */
export function parseConfigMap(profile: string, { name, data, immutable }: ObservedConfigMap): PoolConfig | undefined {
  const [min, max, timeoutSeconds, recycleSeconds] = VARIABLES.map((variable) => wholeNumber(data[variable]));
  if (min === undefined || max === undefined || timeoutSeconds === undefined || recycleSeconds === undefined)
    return undefined;
  if (!immutable || !isConfigMapNameOf(profile, name)) return undefined;
  const hash = configHashFromName(name);
  return { name, hash, data, settings: { hash, min, max, timeoutSeconds, recycleSeconds } };
}

const wholeNumber = (text: string | undefined) =>
  text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : undefined;

/** The ConfigMap that carries the configuration: the one in use where its data are the same, whatever its name. */
export function configMapFor(
  config: PoolConfig,
  inUse: string | undefined,
  configMaps: readonly ObservedConfigMap[],
): ObservedConfigMap | undefined {
  const used = configMaps.find(({ name }) => name === inUse);
  return used !== undefined && hasSameData(used, config.data)
    ? used
    : configMaps.find(({ name }) => name === config.name);
}

/** The ConfigMap as it will be once it is made, in this very look: what is marked on it is made with it. */
export const asRendered = (
  { name, data }: PoolConfig,
  { name: deployment, uid }: ObservedDeployment,
): ObservedConfigMap => ({
  name,
  data,
  uid: '',
  resourceVersion: '',
  immutable: true,
  isManagedByOperator: true,
  state: {},
  owners: [deploymentOwnerReference(deployment, uid)],
});

/** Whether the ConfigMap is there, immutable, with the wanted data, and lives as long as the Deployment. */
export function configIsRendered(
  config: PoolConfig,
  profile: ObservedProfile,
  deployment: ObservedDeployment,
  configMaps: readonly ObservedConfigMap[],
): StepResult {
  const condition = (status: 'True' | 'False', reason: string, message: string) =>
    ({ type: 'ConfigRendered', status, reason, message }) as const;
  const rendered = condition('True', 'Rendered', `ConfigMap ${config.name}: ${formatSettings(config.settings)}`);
  const owner = deploymentOwnerReference(deployment.name, deployment.uid);
  const found = configMaps.find(({ name }) => name === config.name);
  if (found === undefined) {
    const object = configMapObject(profile, { ...config, owners: [owner] });
    return done(rendered, [{ kind: 'renderConfig', object }]);
  }
  const isOwned = found.owners.some(({ uid }) => uid === deployment.uid);
  if (!found.immutable || !hasSameData(found, config.data) || !(found.isManagedByOperator || isOwned)) {
    return stalled(
      condition(
        'False',
        'ConfigMapConflict',
        `ConfigMap ${config.name} is there with other data, can be changed, or is of somebody else: the operator did not make it so. Delete it.`,
      ),
    );
  }
  // Made for another Deployment (the one before it was made anew, or a former target): it must live as long as any pod that may need it.
  return done(rendered, isOwned ? [] : [annotated(profile, found, {}, [...found.owners, owner])]);
}

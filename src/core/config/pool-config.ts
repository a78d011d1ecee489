/** The configuration that a profile asks for: the variables, their hash, and the name of the ConfigMap that carries them. */
import type { PoolSettings, ProfileSpec } from '../../api/v1alpha1.ts';
import { hashOf } from '../model/json.ts';
import { configHashFromName, configMapName, isConfigMapNameOf } from '../model/naming.ts';
import type { ConfigRecord } from '../model/observed.ts';
import { VARIABLES } from '../model/variables.ts';
/** The value of each variable, as in the ConfigMap's data. */
export type ConfigData = Readonly<Record<(typeof VARIABLES)[number], string>>;

export type PoolConfig = {
  /** Name of the ConfigMap. */
  readonly name: string;
  /** The configHash. */
  readonly hash: string;
  readonly data: ConfigData;
  readonly settings: PoolSettings;
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

/** Pool settings as messages show them. */
export function formatSettings({ min, max, timeoutSeconds, recycleSeconds }: PoolSettings): string {
  return `min ${min}, max ${max}, timeout ${timeoutSeconds} s, recycle ${recycleSeconds} s`;
}

export function hasSameData(configMap: Pick<ConfigRecord, 'data'>, data: ConfigData): boolean {
  return (
    Object.keys(configMap.data).length === VARIABLES.length &&
    VARIABLES.every((name) => configMap.data[name] === data[name])
  );
}

/** The configuration that a ConfigMap of the profile carries; undefined where it is none that the operator made. */
export function parseConfigMap(profile: string, { name, data, immutable }: ConfigRecord): PoolConfig | undefined {
  const [min, max, timeoutSeconds, recycleSeconds] = VARIABLES.map((variable) => wholeNumber(data[variable]));
  if (min === undefined || max === undefined || timeoutSeconds === undefined || recycleSeconds === undefined)
    return undefined;
  if (!immutable || !isConfigMapNameOf(profile, name)) return undefined;
  const hash = configHashFromName(name);
  return { name, hash, data, settings: { hash, min, max, timeoutSeconds, recycleSeconds } };
}

const wholeNumber = (text: string | undefined) =>
  text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : undefined;

/** The record of the ConfigMap that carries a configuration: the one in use where its data are equal, whatever its name. */
export function configMapFor(
  config: PoolConfig,
  inUse: string | undefined,
  records: readonly ConfigRecord[],
): ConfigRecord | undefined {
  const used = records.find(({ name }) => name === inUse);
  return used !== undefined && hasSameData(used, config.data) ? used : records.find(({ name }) => name === config.name);
}

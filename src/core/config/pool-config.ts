/** A configuration: pool settings, the variables that hold them, their hash, and the ConfigMap that carries them. */
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

/** The configuration of a spec. */
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

/** Pool settings as messages show them: "min 5, max 40, timeout 30 s, recycle 3600 s". */
export function formatSettings({ min, max, timeoutSeconds, recycleSeconds }: PoolSettings): string {
  return `min ${min}, max ${max}, timeout ${timeoutSeconds} s, recycle ${recycleSeconds} s`;
}

export function hasSameData(configMap: Pick<ConfigRecord, 'data'>, data: ConfigData): boolean {
  return (
    Object.keys(configMap.data).length === VARIABLES.length &&
    VARIABLES.every((name) => configMap.data[name] === data[name])
  );
}

/** The configuration in a ConfigMap of the profile; undefined where the ConfigMap is not as the operator makes it. */
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

/**
 * The ConfigMap with a configuration; undefined where there is none. It is the one in use where its data are equal, although
 * another version of the operator may have given it another hash.
 */
export function configMapFor(
  config: PoolConfig,
  inUse: string | undefined,
  records: readonly ConfigRecord[],
): ConfigRecord | undefined {
  const used = records.find(({ name }) => name === inUse);
  return used !== undefined && hasSameData(used, config.data) ? used : records.find(({ name }) => name === config.name);
}

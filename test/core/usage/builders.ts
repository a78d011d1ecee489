/** A backend with the default spec (max 40), its configurations by their `max`, and what it uses. */
import { adopt, formatAdopted } from '../../../src/core/backend/adopted-variables.ts';
import { poolConfig } from '../../../src/core/config/pool-config.ts';
import type { Observed } from '../../../src/core/model/observed.ts';
import type { BackendUsage } from '../../../src/core/model/usage.ts';
import { backendUsage } from '../../../src/core/usage/backend-usage.ts';
import { observed, profile, renderedConfigMap, spec, variable } from '../builders.ts';

const configOf = (max: number) => poolConfig('search', spec({ pool: { max } }).pool);
export const [small, large, wanted] = [configOf(20), configOf(80), configOf(40)];
export const configMaps = [small, large, wanted].map((one) => renderedConfigMap(one));

/** The variable from before the profile, adopted or not. */
export const literal = variable('DB_POOL_MAX', { kind: 'value', value: '30' }, 'kubectl');
export const adopted = formatAdopted(adopt('app', [literal]));

export const usageOf = (changes: Partial<Observed>): BackendUsage | undefined =>
  backendUsage(observed({ profile: profile({ spec: { kind: 'valid', spec: spec() } }), configMaps, ...changes }));

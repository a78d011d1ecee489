/** The environment variables from which a backend reads its pool settings. */

/** In the order in which they are written. */
export const VARIABLES = ['DB_POOL_MIN', 'DB_POOL_MAX', 'DB_POOL_TIMEOUT', 'DB_POOL_RECYCLE'] as const;

/** The variable with the maximum number of connections. */
export const MAX_VARIABLE = 'DB_POOL_MAX' satisfies (typeof VARIABLES)[number];

/** The number in a value of MAX_VARIABLE; undefined where it is not a whole number. */
export const parseMax = (value: unknown): number | undefined =>
  typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : undefined;

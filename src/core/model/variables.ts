/** The variables that carry a pool to its backend. */
/** The variables that the backend reads its pool from, in the order in which they are written. */
export const VARIABLES = ['DB_POOL_MIN', 'DB_POOL_MAX', 'DB_POOL_TIMEOUT', 'DB_POOL_RECYCLE'] as const;

/** The one that bounds the pool. */
export const MAX_VARIABLE = 'DB_POOL_MAX' satisfies (typeof VARIABLES)[number];

/** The max that a value of it stands for; undefined where it is none. */
export const parseMax = (value: unknown): number | undefined =>
  typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : undefined;

/** The environment that src/core/probe/job.ts gives the probe, for a pool of min 3 and max 7. */
export function environment(
  connectString: string,
  changes: Readonly<Record<string, string | undefined>> = {},
): Record<string, string | undefined> {
  return {
    DB_POOL_MIN: '3',
    DB_POOL_MAX: '7',
    DB_POOL_TIMEOUT: '30',
    DB_POOL_RECYCLE: '3600',
    PROBE_CONNECTIONS: '10',
    PROBE_RESERVED_SESSIONS: '20',
    PROBE_TIMEOUT_SECONDS: '20',
    DB_CONNECT_STRING: connectString,
    DB_USER: 'APP',
    DB_PASSWORD: 'right',
    ...changes,
  };
}

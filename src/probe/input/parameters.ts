/** The parameters that the Job passes in environment variables (src/core/probe/pod.ts sets them). Knows nothing of Oracle. */
import * as z from 'zod';
import { own, ownWords, type OwnText } from '../verdict/own-text.ts';
import { type LogonResults, parseLogonResults } from '../../contract/logon-results.ts';

export type PoolSettings = {
  readonly min: number;
  readonly max: number;
  readonly timeoutSeconds: number;
  readonly recycleSeconds: number;
};

export type Database = { readonly connectString: string; readonly user: string; readonly password: string };

/** `dir` is where the wallet is mounted; `password` is undefined for a wallet without one. */
export type Wallet = { readonly dir: string; readonly password: string | undefined };

export type Parameters = {
  readonly pool: PoolSettings;
  readonly database: Database;
  /** Connections to hold open at the same time: the pool's min, at most `probe.maxConnections`, at least 1. */
  readonly connections: number;
  /** Free sessions of the instance that the probe leaves to others. */
  readonly reservedSessions: number;
  /** Limits the whole program, from the start of its process. */
  readonly timeoutSeconds: number;
  readonly wallet: Wallet | undefined;
  /** Directory of the tnsnames.ora in which the driver looks up aliases; `configureTls` sets it. */
  readonly tnsDir: string | undefined;
  /** Path of a CA certificate that is trusted in addition to the public ones. */
  readonly caFile: string | undefined;
  /** Salt of the namespace. Undefined: the verdict has no fingerprint. */
  readonly salt: string | undefined;
  /** Results of earlier logons to this connect string, by fingerprint. */
  readonly logonResults: LogonResults;
  /** A user requested this probe, so credentials are sent even if they were rejected before. */
  readonly isLogonForced: boolean;
};

export type ParametersRead =
  | { readonly kind: 'valid'; readonly parameters: Parameters }
  | {
      readonly kind: 'invalid';
      readonly reason: 'ParametersInvalid' | 'CredentialsMissing';
      /** Names the variables, what was expected and what was found. */
      readonly problem: OwnText;
    };

const integerBetween = (from: number, to: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/)
    .transform(Number)
    .pipe(z.int().min(from).max(to))
    .describe(`an integer from ${from} to ${to}`);

const INTEGERS = {
  DB_POOL_MIN: integerBetween(0, 1000),
  DB_POOL_MAX: integerBetween(1, 2000),
  DB_POOL_TIMEOUT: integerBetween(1, 600),
  DB_POOL_RECYCLE: integerBetween(0, 86_400),
  PROBE_CONNECTIONS: integerBetween(1, 100),
  PROBE_RESERVED_SESSIONS: integerBetween(0, 1_000_000),
  PROBE_TIMEOUT_SECONDS: integerBetween(1, 600),
} as const;

const nonEmptyText = z.string().regex(/\S/).describe('a text that is not empty');
const CREDENTIALS = { DB_USER: nonEmptyText, DB_PASSWORD: nonEmptyText } as const;

/** An optional variable: undefined where it is empty, because the kubelet passes '' for a missing annotation. */
const optionalText = z
  .string()
  .optional()
  .transform((value) => (value === '' ? undefined : value));

const schema = z.object({
  ...INTEGERS,
  DB_CONNECT_STRING: nonEmptyText,
  ...CREDENTIALS,
  WALLET_DIR: optionalText,
  WALLET_PASSWORD: optionalText,
  CA_FILE: optionalText,
  PROBE_SALT: optionalText,
  PROBE_LOGON_RESULTS: optionalText,
  PROBE_FORCE_LOGON: optionalText,
});

/** Reads and checks the environment; never throws. */
export function readParameters(environment: NodeJS.ProcessEnv): ParametersRead {
  const parsed = schema.safeParse(environment);
  if (!parsed.success)
    return invalid(
      parsed.error.issues.map(({ path }) => String(path[0])),
      environment,
    );
  const variables = parsed.data;
  const { DB_POOL_MIN: min, DB_POOL_MAX: max } = variables;
  if (min > max) {
    const problem = own`DB_POOL_MIN is ${min} and DB_POOL_MAX is ${max}: expected min not above max`;
    return { kind: 'invalid', reason: 'ParametersInvalid', problem };
  }
  return {
    kind: 'valid',
    parameters: {
      pool: { min, max, timeoutSeconds: variables.DB_POOL_TIMEOUT, recycleSeconds: variables.DB_POOL_RECYCLE },
      database: {
        connectString: variables.DB_CONNECT_STRING,
        user: variables.DB_USER,
        password: variables.DB_PASSWORD,
      },
      connections: Math.max(1, Math.min(min, variables.PROBE_CONNECTIONS)),
      reservedSessions: variables.PROBE_RESERVED_SESSIONS,
      timeoutSeconds: variables.PROBE_TIMEOUT_SECONDS,
      wallet:
        variables.WALLET_DIR === undefined
          ? undefined
          : { dir: variables.WALLET_DIR, password: variables.WALLET_PASSWORD },
      tnsDir: undefined,
      caFile: variables.CA_FILE,
      salt: variables.PROBE_SALT,
      logonResults: parseLogonResults(variables.PROBE_LOGON_RESULTS),
      isLogonForced: variables.PROBE_FORCE_LOGON !== undefined,
    },
  };
}

function invalid(names: readonly string[], environment: NodeJS.ProcessEnv): ParametersRead {
  const problems = [...new Set(names)].map((name) => {
    const expected = schema.shape[name as keyof typeof schema.shape].description;
    const value = environment[name];
    // Only integers are certainly no secret. The other variables are invalid only when missing or empty.
    const got =
      value === undefined
        ? own`nothing`
        : name in INTEGERS
          ? own`${JSON.stringify(value.slice(0, 40))}`
          : own`an empty one`;
    return own`${ownWords(`${name}: expected ${expected}`)}, got ${got}`;
  });
  const reason = names.every((name) => name in CREDENTIALS) ? 'CredentialsMissing' : 'ParametersInvalid';
  return { kind: 'invalid', reason, problem: problems.reduce((one, other) => own`${one}; ${other}`) };
}

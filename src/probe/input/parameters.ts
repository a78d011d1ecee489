/** What the Job tells the probe, from its environment (src/core/probe/job.ts). Knows nothing of Oracle. */
import * as z from 'zod';
import { type Answers, answersIn } from '../../contract/verdict.ts';

export type PoolNumbers = {
  readonly min: number;
  readonly max: number;
  readonly timeoutSeconds: number;
  readonly recycleSeconds: number;
};

export type Database = { readonly connectString: string; readonly user: string; readonly password: string };

/** Where the wallet is mounted; `password` where it has one. */
export type Wallet = { readonly folder: string; readonly password: string | undefined };

export type Parameters = {
  readonly pool: PoolNumbers;
  readonly database: Database;
  /** Connections that are opened together: min of the pool, at most what the profile allows, at least one. */
  readonly connections: number;
  /** Sessions of the instance that are left to others. */
  readonly reservedSessions: number;
  /** The whole program's time. */
  readonly timeoutSeconds: number;
  readonly wallet: Wallet | undefined;
  /** Where aliases are looked up. */
  readonly tnsFolder: string | undefined;
  /** Certificate of an authority that is trusted besides the public ones. */
  readonly caFile: string | undefined;
  /** The namespace's; without it there is no fingerprint. */
  readonly salt: string | undefined;
  /** What databases said before. */
  readonly answers: Answers;
  /** A person asks for a real try, whatever was refused before. */
  readonly isForced: boolean;
};

export type ParametersRead =
  | { readonly kind: 'valid'; readonly parameters: Parameters }
  | {
      readonly kind: 'invalid';
      readonly reason: 'ParametersInvalid' | 'CredentialsMissing';
      /** Names the variables; never a value that may be secret. */
      readonly problem: string;
    };

const integer = (from: number, to: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/)
    .transform(Number)
    .pipe(z.int().min(from).max(to))
    .describe(`an integer from ${from} to ${to}`);

const NUMBERS = {
  DB_POOL_MIN: integer(0, 1000),
  DB_POOL_MAX: integer(1, 2000),
  DB_POOL_TIMEOUT: integer(1, 600),
  DB_POOL_RECYCLE: integer(0, 86_400),
  PROBE_CONNECTIONS: integer(1, 100),
  PROBE_RESERVED_SESSIONS: integer(0, 1_000_000),
  PROBE_TIMEOUT_SECONDS: integer(1, 600),
} as const;

const filled = z.string().regex(/\S/).describe('a text that is not empty');
const CREDENTIALS = { DB_USER: filled, DB_PASSWORD: filled } as const;

/** An optional variable; the kubelet gives '' for an annotation that is not there. */
const optional = z
  .string()
  .optional()
  .transform((value) => (value === '' ? undefined : value));

const schema = z.object({
  ...NUMBERS,
  DB_CONNECT_STRING: filled,
  ...CREDENTIALS,
  WALLET_DIR: optional,
  WALLET_PASSWORD: optional,
  CA_FILE: optional,
  PROBE_SALT: optional,
  PROBE_LOGON_RESULTS: optional,
  PROBE_FORCE_LOGON: optional,
});

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
    const problem = `DB_POOL_MIN is ${min} and DB_POOL_MAX is ${max}: expected min not above max`;
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
          : { folder: variables.WALLET_DIR, password: variables.WALLET_PASSWORD },
      tnsFolder: undefined,
      caFile: variables.CA_FILE,
      salt: variables.PROBE_SALT,
      answers: answersIn(variables.PROBE_LOGON_RESULTS),
      isForced: variables.PROBE_FORCE_LOGON !== undefined,
    },
  };
}

function invalid(names: readonly string[], environment: NodeJS.ProcessEnv): ParametersRead {
  const problems = [...new Set(names)].map((name) => {
    const expected = schema.shape[name as keyof typeof schema.shape].description;
    const value = environment[name];
    // Only the numbers are surely no secret; of the rest it is enough that they are empty or not there.
    const got = value === undefined ? 'nothing' : name in NUMBERS ? JSON.stringify(value.slice(0, 40)) : 'an empty one';
    return `${name}: expected ${expected}, got ${got}`;
  });
  const reason = names.every((name) => name in CREDENTIALS) ? 'CredentialsMissing' : 'ParametersInvalid';
  return { kind: 'invalid', reason, problem: problems.join('; ') };
}

/** The backend's settings from its environment: the four variables that dbpool-operator brings, and its own. */
import { z } from 'zod';

/** Bounds and defaults of the four numbers are those of a DbPoolProfile: the backend also runs without one. */
const schema = z
  .object({
    DB_POOL_MIN: wholeNumber(0, 1000).default(5),
    DB_POOL_MAX: wholeNumber(1, 2000).default(40),
    DB_POOL_TIMEOUT: wholeNumber(1, 600).default(30),
    DB_POOL_RECYCLE: wholeNumber(0, 86_400).default(3600),
    DB_USER: z.string('is not set').min(1, 'is empty'),
    // An empty password would be sent, refused and counted as a failed logon.
    DB_PASSWORD: z.string('is not set').min(1, 'is empty'),
    DB_CONNECT_STRING: z.string('is not set').min(1, 'is empty'),
    HOST: z.string().optional(),
    PORT: wholeNumber(0, 65_535).default(8080),
  })
  .superRefine(({ DB_POOL_MIN, DB_POOL_MAX }, context) => {
    if (DB_POOL_MIN > DB_POOL_MAX)
      context.addIssue({
        code: 'custom',
        path: ['DB_POOL_MIN'],
        message: `is ${DB_POOL_MIN}, which is more than DB_POOL_MAX, ${DB_POOL_MAX}`,
      });
  });

/** The four numbers. */
export type PoolSize = {
  readonly min: number;
  readonly max: number;
  /** How long a caller waits for a connection. */
  readonly timeoutSeconds: number;
  /** The age at which a connection is replaced; 0 for never. */
  readonly recycleSeconds: number;
};

export type Database = { readonly user: string; readonly password: string; readonly connectString: string };

export type Settings = {
  readonly size: PoolSize;
  readonly database: Database;
  /** Address of the HTTP interface; all of the machine's where it is undefined. */
  readonly host: string | undefined;
  /** Its port; 0 for any. */
  readonly port: number;
};

export class SettingsInvalid extends Error {
  override readonly name = 'SettingsInvalid' as const;
}

/** Throws SettingsInvalid, which names each variable and what is wrong with it; never the value of a credential. */
export function readSettings(environment: NodeJS.ProcessEnv): Settings {
  const parsed = schema.safeParse(environment);
  if (!parsed.success) {
    const problems = parsed.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`);
    throw new SettingsInvalid(`the environment is not usable: ${problems.join('; ')}`);
  }
  const variables = parsed.data;
  return {
    size: {
      min: variables.DB_POOL_MIN,
      max: variables.DB_POOL_MAX,
      timeoutSeconds: variables.DB_POOL_TIMEOUT,
      recycleSeconds: variables.DB_POOL_RECYCLE,
    },
    database: {
      user: variables.DB_USER,
      password: variables.DB_PASSWORD,
      connectString: variables.DB_CONNECT_STRING,
    },
    host: variables.HOST,
    port: variables.PORT,
  };
}

/** Digits alone: Number() would also take '', ' 5 ' and '0x10'. */
function wholeNumber(least: number, most: number) {
  return z
    .string()
    .refine((text) => /^\d{1,6}$/.test(text) && Number(text) >= least && Number(text) <= most, {
      error: ({ input }) => `is ${JSON.stringify(input)}, which is not a whole number from ${least} to ${most}`,
    })
    .transform(Number);
}

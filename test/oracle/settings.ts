/** What a stand-in is told: whom it knows, how much it allows and where it fails. All of it is JSON. */
import { z } from 'zod';

/** Where a conversation can be made to wait, hang or break, in the order in which clients get there. */
export const STAGES = [
  'accept',
  'connect',
  'protocol',
  'dataTypes',
  'challenge',
  'proof',
  'ping',
  'execute',
  'fetch',
  'commit',
  'rollback',
  'version',
  'logoff',
] as const;
export type Stage = (typeof STAGES)[number];

/** Here client and server have no words for an error yet. */
const WITHOUT_ERRORS: readonly Stage[] = ['accept', 'protocol', 'dataTypes'];

const times = z.int().min(1).optional().describe('For so many times; always where it is not given.');
const errorCode = z.int().min(1).max(99_999);

const fault = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('delay'), ms: z.int().min(0).max(3_600_000), times }),
  z.strictObject({ kind: z.literal('hang'), times }).describe('Nothing is answered any more, breaks neither.'),
  z.strictObject({ kind: z.literal('close'), times }).describe('The connection is closed without an answer.'),
  z.strictObject({ kind: z.literal('reset'), times }).describe('The connection is reset, as by a machine that died.'),
  z
    .strictObject({ kind: z.literal('error'), code: errorCode, text: z.string().optional(), times })
    .describe('An ORA error; at `connect` a refusal by the listener with this code.'),
]);
export type Fault = z.infer<typeof fault>;

const count = z.int().min(0).max(1_000_000);
const limit = z.union([count, z.literal('UNLIMITED')]);

const user = z.strictObject({
  password: z.string(),
  /** NO_CREATE_SESSION is an open account that lacks the privilege. */
  status: z.enum(['OPEN', 'LOCKED', 'EXPIRED', 'GRACE', 'NO_CREATE_SESSION']).default('OPEN'),
  graceDays: z.int().min(0).max(9999).default(7),
  expiryDate: z.iso.datetime().optional(),
  sessionsPerUser: limit.default('UNLIMITED'),
  failedLoginAttempts: limit.default(10),
  idleTime: limit.default('UNLIMITED'),
  connectTime: limit.default('UNLIMITED'),
  verifier: z.enum(['12C', '11G', '10G']).default('12C'),
  /** With either of them the user reads all views; a DBA may make users and profiles, too. */
  roles: z.array(z.enum(['DBA', 'SELECT_CATALOG_ROLE'])).default([]),
});
export type UserSettings = z.infer<typeof user>;

/** A user with nothing special. */
export const plainUser = (password: string): UserSettings => user.parse({ password });

const limits = z.strictObject({
  sessions: limit.default(472),
  processes: limit.default(320),
  /** A listener that knows refuses with ORA-12516 or ORA-12520; an instance fails the logon with ORA-00020. */
  processesCheckedBy: z.enum(['listener', 'instance']).default('listener'),
  /** What others are supposed to hold. */
  otherSessions: count.default(0),
  otherProcesses: count.default(0),
});

const database = z.strictObject({
  name: z.string().default('FREE'),
  uniqueName: z.string().default('FREE'),
  pdbName: z.string().default('FREEPDB1'),
  domain: z.string().default(''),
  instance: z.string().default('FREE'),
  host: z.string().default('stand-in'),
  cpus: count.default(4),
  /** Whether it is one of the instances of a cluster (RAC). */
  isCluster: z.boolean().default(false),
  version: z
    .string()
    .regex(/^\d+(\.\d+){4}$/)
    .default('19.0.0.0.0'),
});

const tns = z.strictObject({
  /** Below 315 is a database that thin drivers find too old. */
  version: z.int().min(300).max(315).default(315),
  nativeEncryption: z.enum(['off', 'required']).default('off'),
});

const tls = z.strictObject({
  key: z.string(),
  cert: z.string(),
  /** Who signs clients' certificates; with it every client needs one. */
  clientCa: z.string().optional(),
});

const columnType = z.enum(['VARCHAR2', 'NUMBER', 'DATE']);
const value = z.union([z.string(), z.number(), z.null()]);
const answer = z
  .strictObject({
    /** A regular expression for the whole statement, in any case; white space in statements is one space. */
    pattern: z.string().refine(isPattern, 'not a regular expression'),
    afterMs: z.int().min(0).max(3_600_000).default(0),
    columns: z.array(z.strictObject({ name: z.string(), type: columnType.default('VARCHAR2') })).optional(),
    /** A DATE is an ISO 8601 text; a NUMBER may be a text. */
    rows: z.array(z.array(value)).default([]),
    rowCount: z.int().min(0).default(0),
    error: z.strictObject({ code: errorCode, text: z.string().optional() }).optional(),
  })
  .refine(({ columns = [], rows }) => rows.every((row) => row.every((value, at) => fits(value, columns[at]?.type))), {
    message: 'a value that is none of its column',
    path: ['rows'],
  });

function isPattern(text: string): boolean {
  try {
    return new RegExp(text).source !== '';
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

function fits(value: string | number | null, type: z.infer<typeof columnType> | undefined): boolean {
  if (value === null) return true;
  if (type === 'DATE') return !Number.isNaN(Date.parse(String(value)));
  return type !== 'NUMBER' || /^[+-]?\d+(\.\d+)?([eE][+-]?\d{1,2})?$/.test(String(value));
}
export type ScriptedAnswer = z.infer<typeof answer>;

const schema = z.strictObject({
  host: z.string().default('127.0.0.1'),
  port: z.int().min(0).max(65_535).default(0),
  tls: tls.optional(),
  services: z.array(z.string()).default(['FREEPDB1']),
  sids: z.array(z.string()).default([]),
  users: z.record(z.string().min(1), user).default({ APP: plainUser('right') }),
  limits: limits.prefault({}),
  database: database.prefault({}),
  tns: tns.prefault({}),
  faults: z
    .partialRecord(z.enum(STAGES), fault)
    .refine((faults) => WITHOUT_ERRORS.every((stage) => faults[stage]?.kind !== 'error'), {
      message: `no error can be told at ${WITHOUT_ERRORS.join(', ')}`,
    })
    .default({}),
  /** Whether users may read V$RESOURCE_LIMIT, V$PARAMETER, V$SESSION and GV$SESSION, or which of them; ORA-00942 for others. */
  mayReadDynamicViews: z.union([z.boolean(), z.array(z.string())]).default(false),
  answers: z.array(answer).default([]),
});

/** What cannot change while it runs. */
export const READ_ONCE = ['host', 'port', 'tls'] as const satisfies readonly (keyof Settings)[];

/** As one gives them: all has defaults. */
export type SettingsInput = z.input<typeof schema>;
export type Settings = z.output<typeof schema>;

/** Throws an Error that names each key, and what was wrong with it. */
export function readSettings(input: unknown): Settings {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  throw new Error(`the settings of the Oracle stand-in are not usable: ${problemsOf(parsed.error)}`);
}

/** In one line: each key, and what was wrong with it. */
export const problemsOf = ({ issues }: z.ZodError): string =>
  issues.map(({ path, message }) => `${path.join('.') || 'settings'}: ${message}`).join('; ');

/**
 * A JSON merge patch (RFC 7396): objects are merged, null takes a key away, all else replaces. So does an object with a
 * `kind`: fields of one kind mean nothing to another.
 */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch) || 'kind' in patch) return patch;
  const merged: Record<string, unknown> = isObject(target) ? { ...target } : {};
  for (const [key, change] of Object.entries(patch)) {
    if (change === null) delete merged[key];
    else merged[key] = mergePatch(merged[key], change);
  }
  return merged;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * The verdict of a probe: the JSON in the termination message of its pod. The probe writes it, and the operator reads it as
 * untrusted input.
 */
import * as z from 'zod';
import { machineHashSchema, MAX_MACHINES } from './machine.ts';

/** Each outcome decides what happens next. */
export const OUTCOMES = [
  /** The pool opened with these settings. */
  'Succeeded',
  /** A person has to change something: a wrong password, a syntax error. The operator never repeats a rejected logon by itself. */
  'PermanentFailure',
  /** The cause may pass: nothing listens on the port, the database is starting. Tried again after a pause. */
  'TransientFailure',
  /** The database has no room for so many sessions. Tried again after a pause. */
  'InsufficientCapacity',
  /** The probe found out nothing about the backend. Tried again after a pause. */
  'Inconclusive',
] as const;

/**
 * How far the probe got, in order; `done` for a success. `server`: the listener has passed the connection on to the database, and the password
 * is not sent yet. `logon`: the password may have been sent.
 */
export const STAGES = [
  'start',
  'resolve',
  'connect',
  'tls',
  'listener',
  'server',
  'logon',
  'pool',
  'query',
  'done',
] as const;

/** Exit codes of the probe by outcome. With any other code, the program itself failed or was killed. */
export const EXIT_CODES = {
  Succeeded: 0,
  PermanentFailure: 10,
  TransientFailure: 11,
  InsufficientCapacity: 12,
  Inconclusive: 13,
} as const;

/** Maximum length of a termination message, in bytes: the kubelet cuts the rest off. */
export const VERDICT_MAX_BYTES = 4096;

const text = (max: number) => z.string().max(max);
const days = z.int().min(-100_000).max(100_000);

/** Four hexadecimal digits: enough to tell a new password from the rejected one, too few to confirm a guess. */
export const fingerprintSchema = z.string().regex(/^[0-9a-f]{4}$/);

/** Use of one resource of the instance. */
const usage = z.object({
  inUse: z.int().min(0).max(10_000_000).describe('How many the instance uses now.'),
  limit: text(40).describe('How many the instance has: a number, or UNLIMITED.'),
});

/** Sessions of one user. */
const sessions = z.int().min(0).max(10_000_000);

const milliseconds = z.int().min(0).max(86_400_000);

export const verdictSchema = z.object({
  version: z.literal(1),
  outcome: z
    .enum(OUTCOMES)
    .describe(
      'Succeeded: the pool opened with these settings. PermanentFailure: a person has to change something. TransientFailure: the cause may pass. InsufficientCapacity: the database has no room for so many sessions. Inconclusive: the probe cannot tell.',
    ),
  reason: z
    .string()
    .regex(/^[A-Z][A-Za-z0-9]{0,63}$/)
    .describe('One word for programs: PoolOpened, AuthenticationFailed; see docs/reference/verdicts.md.'),
  stage: z.enum(STAGES).describe('How far the probe came.'),
  message: text(700).describe('What the probe tried, and what happened. Holds no credentials.'),
  remediation: text(400).describe(
    'What to do; empty if there is nothing to do. Objects are named by their field of the spec.',
  ),
  code: text(32).optional().describe('Error code of the driver or the database: ORA-01017, NJS-503.'),
  pool: z
    .object({
      requested: z.int().min(0).max(10_000).describe('Connections that the probe was to hold open at the same time.'),
      opened: z.int().min(0).max(10_000).describe('Connections that it held open at the same time.'),
    })
    .optional()
    .describe('How many connections the pool opened.'),
  fingerprint: fingerprintSchema
    .optional()
    .describe('16 bits of a salted hash of user name and password. It tells new credentials from rejected ones.'),
  timings: z
    .object({
      resolveMs: milliseconds.optional().describe('To resolve the host name.'),
      connectMs: milliseconds.optional().describe('To open the socket.'),
      logonMs: milliseconds.optional().describe('To log on, TLS included.'),
      fillMs: milliseconds.optional().describe('To open all connections of the pool.'),
      pingMs: milliseconds.optional().describe('For a ping after the first logon.'),
      queryMs: milliseconds.optional().describe('For a query after the first logon.'),
      totalMs: milliseconds.describe('From the start of the process to the verdict.'),
    })
    .optional()
    .describe('How long each part of the probe took, in milliseconds.'),
  database: z
    .object({
      version: text(64).optional().describe('Version of the database.'),
      name: text(128).optional().describe('DB_NAME.'),
      uniqueName: text(128).optional().describe('DB_UNIQUE_NAME.'),
      pdbName: text(128).optional().describe('Name of the pluggable database.'),
      service: text(256).optional().describe('Name of the service.'),
      instance: text(128).optional().describe('Name of the instance.'),
      user: text(128).optional().describe('The session user.'),
    })
    .optional()
    .describe('What the database says about itself.'),
  limits: z
    .object({
      sessionsPerUser: text(40)
        .optional()
        .describe("SESSIONS_PER_USER of the user's profile in the database: a number, UNLIMITED or DEFAULT."),
      sessions: usage.optional().describe('Sessions of the instance, from V$RESOURCE_LIMIT.'),
      processes: usage.optional().describe('Processes of the instance, from V$RESOURCE_LIMIT.'),
      idleTime: text(40)
        .optional()
        .describe(
          "IDLE_TIME of the user's profile in the database: minutes after which an idle session is ended, UNLIMITED or DEFAULT.",
        ),
      cpus: z.int().min(1).max(100_000).optional().describe('CPUs of the instance, from V$PARAMETER.'),
      unreadableViews: z.array(text(40)).max(5).optional().describe('Views that the user may not read.'),
    })
    .optional()
    .describe('Limits on the number and the age of sessions, as far as the user may read them.'),
  sessionCount: z
    .object({
      machines: z
        .record(machineHashSchema, sessions)
        .refine((machines) => Object.keys(machines).length <= MAX_MACHINES)
        .describe('Sessions of the machines with the most, each by the hash of its name; see machineHash.'),
      otherSessions: sessions.describe('Sessions from all other machines.'),
      isPooled: z.boolean().describe('Whether a session belongs to a pool of the database (DRCP).'),
      isOneInstance: z.boolean().describe('Whether the database may have other instances, whose sessions are missing.'),
    })
    .optional()
    .describe("Sessions of the probe's user, without those of probes, by the machine from which they were opened."),
  passwordExpiresInDays: days.optional().describe('Days until the password expires; negative if it has expired.'),
  walletExpiresInDays: days
    .optional()
    .describe('Days until the certificate of the wallet expires; negative if it has expired.'),
  warnings: z
    .array(text(300))
    .max(5)
    .optional()
    .describe('Problems that did not stop the probe: "ORA-28002: the password will expire within 7 days".'),
});

export type Verdict = z.infer<typeof verdictSchema>;
export type Outcome = Verdict['outcome'];
export type Stage = Verdict['stage'];
/** Whether the probe's pod was preempted, evicted or drained. */
export const isDisruption = ({ reason }: Pick<Verdict, 'reason'>): boolean => reason === 'ProbeDisrupted';

/** Whether a signal ended the probe before it had a result. */
export const isInterruption = ({ reason }: Pick<Verdict, 'reason'>): boolean => reason === 'Interrupted';

/** Whether the pod ended without a verdict that can be read. */
export const isVerdictMissing = ({ reason }: Pick<Verdict, 'reason'>): boolean => reason === 'VerdictMissing';

/** Whether this is the verdict that the probe writes at its start, in case it is killed. */
export const isProvisional = ({ reason }: Pick<Verdict, 'reason'>): boolean => reason === 'ProbeKilled';

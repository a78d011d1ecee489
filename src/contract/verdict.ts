/**
 * The verdict of a probe: the JSON in the termination message of its pod. The probe writes it, and the operator reads it as
 * untrusted input.
 */
import * as z from 'zod';

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

/** How far the probe got, in order; `done` for a success. */
export const STAGES = ['start', 'resolve', 'connect', 'tls', 'listener', 'logon', 'pool', 'query', 'done'] as const;

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

/** Use of one resource of the instance; `limit` is a number or UNLIMITED. */
const usage = z.object({ inUse: z.int().min(0).max(10_000_000), limit: text(40) });

const milliseconds = z.int().min(0).max(86_400_000);

export const verdictSchema = z.object({
  version: z.literal(1),
  outcome: z.enum(OUTCOMES),
  /** `PoolOpened`, `AuthenticationFailed`, `ServiceUnknown`, ...: see docs/reference/verdicts.md. */
  reason: z.string().regex(/^[A-Z][A-Za-z0-9]{0,63}$/),
  stage: z.enum(STAGES),
  /** One sentence: what the probe tried, and what happened. Holds no credentials. */
  message: text(700),
  /** One sentence: what to do, with objects named by their field of the spec; '' where there is nothing to do. */
  remediation: text(400),
  /** Error code of the driver or the database: `ORA-01017`, `NJS-503`. */
  code: text(32).optional(),
  pool: z
    .object({
      /** Connections that the probe was to hold open at the same time. */
      requested: z.int().min(0).max(10_000),
      /** Connections that it held open at the same time. */
      opened: z.int().min(0).max(10_000),
    })
    .optional(),
  /** Of user name and password, with the salt of the namespace. */
  fingerprint: fingerprintSchema.optional(),
  /** Milliseconds. `connectMs` ends when the socket is open, `logonMs` starts there; `totalMs` counts from the start of the process. */
  timings: z
    .object({
      resolveMs: milliseconds.optional(),
      connectMs: milliseconds.optional(),
      logonMs: milliseconds.optional(),
      fillMs: milliseconds.optional(),
      pingMs: milliseconds.optional(),
      queryMs: milliseconds.optional(),
      totalMs: milliseconds,
    })
    .optional(),
  database: z
    .object({
      version: text(64).optional(),
      name: text(128).optional(),
      uniqueName: text(128).optional(),
      pdbName: text(128).optional(),
      service: text(256).optional(),
      instance: text(128).optional(),
      /** The session user. */
      user: text(128).optional(),
    })
    .optional(),
  /** Limits on the number and the age of sessions, as far as the user may read them. */
  limits: z
    .object({
      /** SESSIONS_PER_USER of the user's profile: a number, UNLIMITED or DEFAULT. */
      sessionsPerUser: text(40).optional(),
      sessions: usage.optional(),
      processes: usage.optional(),
      /** IDLE_TIME of the user's profile: minutes after which an idle session is ended, UNLIMITED or DEFAULT. */
      idleTime: text(40).optional(),
      /** CPUs of the instance. */
      cpus: z.int().min(1).max(100_000).optional(),
      /** Views that the user may not read. */
      unreadableViews: z.array(text(40)).max(4).optional(),
    })
    .optional(),
  passwordExpiresInDays: days.optional(),
  walletExpiresInDays: days.optional(),
  /** Problems that did not stop the probe: `ORA-28002: the password will expire within 7 days`. */
  warnings: z.array(text(300)).max(5).optional(),
});

export type Verdict = z.infer<typeof verdictSchema>;
export type Outcome = Verdict['outcome'];
export type Stage = Verdict['stage'];
/** Whether the probe's pod was preempted, evicted or drained. */
export const isDisruption = ({ reason }: Pick<Verdict, 'reason'>): boolean => reason === 'ProbeDisrupted';

/** Whether the probe was told to end before it had a result. */
export const isInterruption = ({ reason }: Pick<Verdict, 'reason'>): boolean => reason === 'Interrupted';

/** Whether the pod ended without a verdict that can be read. */
export const isVerdictMissing = ({ reason }: Pick<Verdict, 'reason'>): boolean => reason === 'VerdictMissing';

/** Whether this is the verdict that the probe writes at its start, in case it is killed. */
export const isProvisional = ({ reason }: Pick<Verdict, 'reason'>): boolean => reason === 'ProbeKilled';

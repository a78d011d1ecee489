/**
 * What the probe pod says of a pool's numbers: the JSON in its termination message. The probe writes it and
 * the operator reads it, as untrusted input; this schema is the one contract between the two programs.
 */
import * as z from 'zod';

/** What a verdict means for what comes next. */
export const OUTCOMES = [
  /** The pool works with these numbers. */
  'Succeeded',
  /** It stays as it is until a person changes something: a wrong password, a syntax error. A refused logon is never repeated by itself. */
  'PermanentFailure',
  /** It may pass: nobody listens, the database is starting. Tried again after a pause. */
  'TransientFailure',
  /** The database has no room for so many sessions. Tried again after a pause. */
  'InsufficientCapacity',
  /** The probe cannot tell: what it met says nothing about the backend. Tried again after a pause. */
  'Inconclusive',
] as const;

/** How far the probe came before it stopped; `done` for a success. */
export const STAGES = ['start', 'resolve', 'connect', 'tls', 'listener', 'logon', 'pool', 'query', 'done'] as const;

/** Exit codes of the probe by outcome. Any other code means that the program itself broke, or was killed. */
export const EXIT_CODES = {
  Succeeded: 0,
  PermanentFailure: 10,
  TransientFailure: 11,
  InsufficientCapacity: 12,
  Inconclusive: 13,
} as const;

/** Longest termination message that the kubelet keeps, in bytes. */
export const VERDICT_MAX_BYTES = 4096;

const text = (max: number) => z.string().max(max);
const days = z.int().min(-100_000).max(100_000);

/** Four hexadecimal digits: enough to tell a new password from the refused one, too little to confirm a guess. */
const fingerprint = z.string().regex(/^[0-9a-f]{4}$/);

/** What the instance has of one resource; `limit` is a number or UNLIMITED. */
const usage = z.object({ inUse: z.int().min(0).max(10_000_000), limit: text(40) });

const milliseconds = z.int().min(0).max(86_400_000);

export const verdictSchema = z.object({
  version: z.literal(1),
  outcome: z.enum(OUTCOMES),
  /** A stable word for programs: `PoolOpened`, `AuthenticationFailed`, `ServiceUnknown`, ... (docs/reference/verdicts.md). */
  reason: z.string().regex(/^[A-Z][A-Za-z0-9]{0,63}$/),
  stage: z.enum(STAGES),
  /** One sentence: what was tried and what came. Holds no credential. */
  message: text(700),
  /** One sentence: what to do, with objects named by their field of the spec. Empty where there is nothing to do. */
  remediation: text(400),
  /** The driver's or database's own code: `ORA-01017`, `NJS-503`. */
  code: text(32).optional(),
  pool: z
    .object({
      /** Connections that the probe set out to hold open together. */
      requested: z.int().min(0).max(10_000),
      /** Connections that it held open together. */
      opened: z.int().min(0).max(10_000),
    })
    .optional(),
  /** Of user and password together, with the salt of the namespace. */
  fingerprint: fingerprint.optional(),
  /** Whole ones. `connectMs` ends with the socket, `logonMs` covers all after it; `totalMs` counts from the process's start. */
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
  /** What bounds sessions, in number and in time, as far as the user may read it. */
  limits: z
    .object({
      /** SESSIONS_PER_USER of the user's profile: a number, UNLIMITED or DEFAULT. */
      sessionsPerUser: text(40).optional(),
      sessions: usage.optional(),
      processes: usage.optional(),
      /** IDLE_TIME of the user's profile, after which a session is ended: minutes, UNLIMITED or DEFAULT. */
      idleTime: text(40).optional(),
      /** CPUs of the instance. */
      cpus: z.int().min(1).max(100_000).optional(),
      /** Views that the user may not read. */
      unreadableViews: z.array(text(40)).max(4).optional(),
    })
    .optional(),
  passwordExpiresInDays: days.optional(),
  walletExpiresInDays: days.optional(),
  /** What works but wants attention: `ORA-28002: the password will expire within 7 days`. */
  warnings: z.array(text(300)).max(5).optional(),
});

export type Verdict = z.infer<typeof verdictSchema>;
export type Outcome = Verdict['outcome'];
export type Stage = Verdict['stage'];

/** Whether the database refused user and password, or the user: one more such logon is one more that is counted. */
export function isRefusal({ outcome, stage }: Pick<Verdict, 'outcome' | 'stage'>): boolean {
  return outcome === 'PermanentFailure' && (stage === 'logon' || stage === 'pool');
}

/** Whether the probe's pod was taken away: preempted, evicted or drained. */
export const isDisruption = ({ reason }: Pick<Verdict, 'reason'>): boolean => reason === 'ProbeDisrupted';

/** Whether the probe was told to end before it had a result. */
export const isInterruption = ({ reason }: Pick<Verdict, 'reason'>): boolean => reason === 'Interrupted';

/** Whether the pod ended and left no verdict that can be read. */
export const isVerdictMissing = ({ reason }: Pick<Verdict, 'reason'>): boolean => reason === 'VerdictMissing';

/** Whether it is the verdict that the probe writes at its start, for the case that it is killed. */
export const isProvisional = ({ reason }: Pick<Verdict, 'reason'>): boolean => reason === 'ProbeKilled';

/** Ends of a probe in which the other side's word is missing: user and password may have been sent, and counted. */
const WITHOUT_ANSWER: ReadonlySet<string> = new Set([
  'TimedOut',
  'Interrupted',
  'ConnectionClosed',
  'ConnectFailed',
  'ProbeKilled',
  'ProbeFailed',
]);

/** Whether a logon was begun and nobody knows what the database made of it. */
export function isUnanswered({ stage, reason }: Pick<Verdict, 'stage' | 'reason'>): boolean {
  return stage === 'logon' && WITHOUT_ANSWER.has(reason);
}

/** Whether listener or database spoke and refused nobody: no session, no service, not open yet. That ends a row without answers. */
export function isAnswered({ stage, outcome, code = '' }: Pick<Verdict, 'stage' | 'outcome' | 'code'>): boolean {
  const isOnTheWay = stage === 'listener' || stage === 'logon';
  return isOnTheWay && outcome !== 'PermanentFailure' && /^(?:ORA-\d+|NJS-51[189])$/.test(code);
}

/** Unanswered logons in a row after which no other is sent by itself: the first one and two repeats. */
export const MOST_UNANSWERED = 3;

const answer = z.object({
  at: z.int().min(0),
  reason: text(64).optional(),
  /** Logons in a row that nobody answered. */
  unanswered: z.int().min(1).max(1_000_000).optional(),
  /** It comes from a pod that is not believed otherwise. */
  isDoubted: z.literal(true).optional(),
});

/**
 * By fingerprint, the last that the databases of one connect string said to it, in milliseconds since the epoch: refused
 * where there is a reason, unanswered where they are counted, else accepted. The operator writes it down, and each probe is
 * told.
 */
export const answersSchema = z.record(fingerprint, answer);

export type Answers = Readonly<z.infer<typeof answersSchema>>;

/** The answers that a text holds. What cannot be read is as if it were not there: at worst one more logon is refused. */
export function answersIn(text: string | undefined): Answers {
  if (text === undefined) return {};
  try {
    return answersSchema.safeParse(JSON.parse(text)).data ?? {};
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}

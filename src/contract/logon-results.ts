/**
 * What databases answered to credentials. The operator records it for each namespace, and passes it to each probe, so that no
 * probe sends credentials again that were rejected. Credentials are known by their fingerprint alone.
 */
import * as z from 'zod';
import { fingerprintSchema, type Verdict } from './verdict.ts';

/**
 * The reasons of a verdict that user and password were rejected, and whether the same ones may be sent again by themselves. The probe
 * finds each by the outermost code of the database's answer alone. Every other failure may heal without new credentials.
 */
const REJECTIONS: Readonly<Record<string, 'never' | 'daily'>> = {
  /** Counts towards FAILED_LOGIN_ATTEMPTS. */
  AuthenticationFailed: 'never',
  /** PASSWORD_LOCK_TIME may have unlocked the account. */
  AccountLocked: 'daily',
  PasswordExpired: 'never',
  CreateSessionNotGranted: 'never',
  PrivilegesInsufficient: 'never',
};

/** Whether this reason says that user and password were rejected. */
export const isRejection = (reason: string): boolean => Object.hasOwn(REJECTIONS, reason);

/** Whether the same user and password may be sent again by themselves, a day after they were rejected for this reason. */
export const isRepeatedDaily = (reason: string): boolean => REJECTIONS[reason] === 'daily';

/** Whether the database rejected user or password, at the first logon or at one of the pool. */
export function isLogonRejected({ stage, reason }: Pick<Verdict, 'stage' | 'reason'>): boolean {
  return isRejection(reason) && (stage === 'logon' || stage === 'pool');
}

/** Reasons of a probe that ended without an answer that it knows: the credentials may have been sent, and rejected. */
const WITHOUT_ANSWER: ReadonlySet<string> = new Set([
  'TimedOut',
  'Interrupted',
  'ConnectionClosed',
  'ConnectFailed',
  'ProtocolError',
  'LogonRefused',
  'ProbeKilled',
  'ProbeFailed',
]);

/** Whether the password may have been sent, and what the database answered is unknown. */
export function isLogonUnanswered({ stage, reason }: Pick<Verdict, 'stage' | 'reason'>): boolean {
  return stage === 'logon' && WITHOUT_ANSWER.has(reason);
}

/** Reasons of an answer of the listener that the probe does not know, or of no listener. */
const UNKNOWN_TO_LISTENER: ReadonlySet<string> = new Set(['ListenerRefused', 'ListenerTimedOut']);

/**
 * Whether the listener or the database gave an answer that is known, and says nothing about the credentials: no session is free, the
 * service is unknown, the database is not open yet. Such an answer resets the count of unanswered logons.
 */
export function isLogonAnswered({ stage, reason, code = '' }: Pick<Verdict, 'stage' | 'reason' | 'code'>): boolean {
  const isKnown = !isRejection(reason) && !WITHOUT_ANSWER.has(reason) && !UNKNOWN_TO_LISTENER.has(reason);
  const isBeforeSession = stage === 'listener' || stage === 'server' || stage === 'logon';
  return isKnown && isBeforeSession && /^(?:(?:ORA|TNS)-\d+|NJS-51[89])$/.test(code);
}

/** Unanswered logons in a row after which the operator sends no other by itself for a day: the first one and two repeats. */
export const MAX_UNANSWERED = 3;

/** How long an account that was locked, or a logon that got no answer too often, is left alone. */
const DAY_MS = 24 * 3600 * 1000;

const logonResultSchema = z.object({
  /** Milliseconds since the epoch, before the year 9999. One out of bounds counts as 0: the rejection still holds. */
  at: z.int().min(0).max(Date.UTC(9999, 0)).catch(0),
  /** Why the logon was rejected; absent where it was not. */
  reason: z.string().max(64).optional(),
  /** Unanswered logons in a row; absent for none. */
  unanswered: z.int().min(1).max(1_000_000).optional(),
  /** The result is from a pod whose verdict is not trusted otherwise. */
  isUntrusted: z.literal(true).optional(),
});

/** By fingerprint, the newest result for one connect string. Without `reason` and `unanswered`, the logon was accepted. */
export const logonResultsSchema = z.record(fingerprintSchema, logonResultSchema);

export type LogonResults = Readonly<z.infer<typeof logonResultsSchema>>;
export type LogonResult = LogonResults[string];

/** A time that lies more than a day ahead is nobody's, and counts as long ago: what is said of it holds, and no later time is before it. */
export const knownTime = (at: number, now: number): number => (at - now > DAY_MS ? 0 : at);

/** Whether credentials with this result may be sent at `now`, in milliseconds since the epoch, without a person's request. */
export function maySend({ at, reason, unanswered = 0 }: LogonResult, now: number): boolean {
  const isDayOver = now - knownTime(at, now) >= DAY_MS;
  const mayRepeat = reason === undefined || (isRepeatedDaily(reason) && isDayOver);
  return mayRepeat && (unanswered < MAX_UNANSWERED || isDayOver);
}

/** The results in a JSON text; empty where it cannot be read, which costs one more rejected logon at most. */
export function parseLogonResults(text: string | undefined): LogonResults {
  if (text === undefined) return {};
  try {
    return logonResultsSchema.safeParse(JSON.parse(text)).data ?? {};
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}

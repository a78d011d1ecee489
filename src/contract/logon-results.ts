/**
 * What databases answered to credentials. The operator records it for each namespace, and passes it to each probe, so that no
 * probe sends credentials again that were rejected. Credentials are known by their fingerprint alone.
 */
import * as z from 'zod';
import { fingerprintSchema, type Verdict } from './verdict.ts';

/** Whether the database rejected the user or the password. Each such logon counts towards locking the account. */
export function isLogonRejected({ outcome, stage }: Pick<Verdict, 'outcome' | 'stage'>): boolean {
  return outcome === 'PermanentFailure' && (stage === 'logon' || stage === 'pool');
}

/** Reasons of a probe that ended without the answer to its logon: the credentials may have been sent, and rejected. */
const WITHOUT_ANSWER: ReadonlySet<string> = new Set([
  'TimedOut',
  'Interrupted',
  'ConnectionClosed',
  'ConnectFailed',
  'ProbeKilled',
  'ProbeFailed',
]);

/** Whether a logon was begun, and the database's answer is unknown. */
export function isLogonUnanswered({ stage, reason }: Pick<Verdict, 'stage' | 'reason'>): boolean {
  return stage === 'logon' && WITHOUT_ANSWER.has(reason);
}

/**
 * Whether the listener or the database answered, and neither accepted nor rejected the credentials: no session is free, the
 * service is unknown, the database is not open yet. Such an answer resets the count of unanswered logons.
 */
export function isLogonAnswered({ stage, outcome, code = '' }: Pick<Verdict, 'stage' | 'outcome' | 'code'>): boolean {
  const isBeforeSession = stage === 'listener' || stage === 'logon';
  return isBeforeSession && outcome !== 'PermanentFailure' && /^(?:ORA-\d+|NJS-51[189])$/.test(code);
}

/** Unanswered logons in a row after which the operator sends no other by itself: the first one and two repeats. */
export const MAX_UNANSWERED = 3;

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

/** Builds verdicts from an error and the progress: redacted, and within the limits of the schema. */
import type { Stage, Verdict } from '../../contract/verdict.ts';
import type { Parameters } from '../input/parameters.ts';
import { classify, type Failure, failureAt } from './classify.ts';
import { errorText, normalize, truncateToBytes } from './driver-text.ts';
import type { FailureClass } from './failure-class.ts';
import { FAILURES } from './failure-table.ts';
import { own, redacted, type Text } from './own-text.ts';
import { ProbeError } from './probe-error.ts';
import type { Progress } from './progress.ts';
import type { Redact } from './redact.ts';

/** What the probe did at each stage: part of the message where the failure itself does not tell the stage. */
const DOING: Readonly<Record<Exclude<Stage, 'pool'>, string>> = {
  start: 'at its start',
  resolve: 'while resolving the connect string',
  connect: 'while connecting',
  tls: 'while setting up TLS',
  listener: "while waiting for the listener's answer",
  server: 'while setting up the session, before the password was sent',
  logon: 'while logging on',
  query: 'during ping and query after the logon',
  done: 'at its end',
};

/** The schema's limit. */
const MESSAGE_MAX_BYTES = 700;

/** The verdict of a pool that works. */
export function successVerdict({ pool }: Parameters, progress: Progress, redact: Redact): Verdict {
  const { min, max, timeoutSeconds, recycleSeconds } = pool;
  const held = progress.opened === 1 ? '1 connection' : `${progress.opened} connections`;
  return {
    version: 1,
    outcome: 'Succeeded',
    reason: 'PoolOpened',
    stage: 'done',
    message:
      `A pool with min ${min}, max ${max}, timeout ${timeoutSeconds} s and recycle ${recycleSeconds} s held ${held} that ` +
      `answered, and rejected a caller in time when it was full.`,
    remediation: '',
    ...observations(progress, redact),
  };
}

/**
 * The verdict of an error: the driver's, a ProbeError, or anything else that was thrown. The message begins with the summary of
 * the failure table, or what the database said first, and ends with the text of the error on one line. Foreign text in it is redacted.
 */
export function failureVerdict(error: unknown, progress: Progress, redact: Redact): Verdict {
  const text = errorText(error);
  const failure = failureOf(error, text, progress.stage);
  const { reason, stage, code, remediation } = failure;
  const { outcome } = FAILURES[reason];
  const redactForeign = (foreign: string) => redact(foreign, progress.descriptor);
  const details = normalize(redacted(error instanceof ProbeError ? error.text : text, redactForeign));
  const origin = error instanceof ProbeError && error.origin !== undefined ? `${error.origin}: ` : '';
  const message = `${origin}${summaryOf(failure, progress, redactForeign)}: ${details}`;
  return {
    version: 1,
    outcome,
    reason,
    stage,
    message: truncateToBytes(message, MESSAGE_MAX_BYTES),
    remediation,
    ...(code !== undefined && { code }),
    ...observations(progress, redact),
  };
}

/** The verdict of an error that cannot be described: a fixed sentence, because whatever failed may have failed over a secret. */
export function indescribableVerdict({ stage, fingerprint }: Progress): Verdict {
  return {
    version: 1,
    outcome: FAILURES.ProbeFailed.outcome,
    reason: 'ProbeFailed',
    stage,
    message: 'The probe met an error that it cannot describe.',
    remediation: FAILURES.ProbeFailed.remediation,
    ...(fingerprint !== undefined && { fingerprint }),
  };
}

/**
 * The verdict that is in the termination message while the probe runs, in case that SIGKILL leaves no time for another. Until the
 * first logon has succeeded it reports a logon without an answer.
 */
export function provisionalVerdict(isLoggedOn: boolean, progress: Progress, redact: Redact): Verdict {
  const verdict = failureVerdict(new ProbeError('ProbeKilled', own`the probe was killed`), progress, redact);
  const stage = isLoggedOn ? 'pool' : 'logon';
  return {
    ...verdict,
    stage,
    message: `The probe was killed ${isLoggedOn ? 'after its first logon' : 'before its first logon was answered'}.`,
  };
}

/** The summary of the failure's row with the user, where the database knows it, and with what the probe was doing. */
function summaryOf(
  { reason, stage }: Failure,
  { user, opened, requested }: Progress,
  redact: (foreign: string) => string,
): string {
  const row: FailureClass = FAILURES[reason];
  const who = row.namesUser === true && user !== undefined ? ` (user ${normalize(redact(user))})` : '';
  if (stage === 'pool') return `${row.summary}${who}, with ${opened} of ${requested} pool connections open`;
  return `${row.summary}${who}${row.stage === stage ? '' : ` ${DOING[stage]}`}`;
}

function failureOf(error: unknown, text: string, stage: Stage): Failure {
  return error instanceof ProbeError ? failureAt(error.reason, stage) : classify(text, stage);
}

/** The fields that each verdict has, successful or not. */
function observations(progress: Progress, redact: Redact): Partial<Verdict> {
  const { requested, opened, timings, database, warnings, limits, sessionCount } = progress;
  const { descriptor, fingerprint, passwordExpiresInDays, walletExpiresInDays } = progress;
  const fit = (text: Text, max: number) =>
    truncateToBytes(normalize(redacted(text, (foreign) => redact(foreign, descriptor))), max);
  const known = Object.entries(database).map(([name, text = '']) => [name, fit(text, name === 'version' ? 64 : 128)]);
  return {
    ...(requested !== undefined && { pool: { requested, opened } }),
    ...(fingerprint !== undefined && { fingerprint }),
    timings,
    ...(known.length > 0 && { database: Object.fromEntries(known) }),
    ...(limits !== undefined && { limits }),
    ...(sessionCount !== undefined && { sessionCount }),
    ...(passwordExpiresInDays !== undefined && { passwordExpiresInDays }),
    ...(walletExpiresInDays !== undefined && { walletExpiresInDays }),
    ...(warnings.length > 0 && { warnings: warnings.slice(0, 5).map((text) => fit(text, 300)) }),
  };
}

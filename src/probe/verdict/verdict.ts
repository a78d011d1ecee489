/** Builds verdicts from an error and the progress: redacted, and within the limits of the schema. */
import type { Stage, Verdict } from '../../contract/verdict.ts';
import { classify, type Failure, failureAt } from './classify.ts';
import { errorText, normalize, truncateToBytes } from './driver-text.ts';
import { FAILURES } from './failure-table.ts';
import type { Parameters } from '../input/parameters.ts';
import { ProbeError } from './probe-error.ts';
import type { Progress } from './progress.ts';
import type { Redact } from './redact.ts';

/** What failed at each stage: the beginning of the message. */
const ATTEMPTS: Readonly<Record<Stage, string>> = {
  start: 'The probe could not start',
  resolve: 'Finding the database failed',
  connect: 'Connecting to the database failed',
  tls: 'Setting up TLS failed',
  listener: 'The listener did not connect the probe',
  logon: 'Logging on failed',
  query: 'The logon worked, but not ping and query',
  pool: 'Opening the pool failed',
  done: 'Ending the probe failed',
};

/** The verdict of a pool that works. */
export function successVerdict({ pool }: Parameters, progress: Progress, redact: Redact): Verdict {
  const { min, max, timeoutSeconds, recycleSeconds } = pool;
  const held = progress.opened === 1 ? 'one connection' : `${progress.opened} connections`;
  return {
    version: 1,
    outcome: 'Succeeded',
    reason: 'PoolOpened',
    stage: 'done',
    message:
      `A pool of min ${min}, max ${max}, timeout ${timeoutSeconds} s, recycle ${recycleSeconds} s held ` +
      `${held} that answered, and turned a caller away in time when it was full.`,
    remediation: '',
    ...observations(progress, redact),
  };
}

/** The verdict of an error: the driver's, a ProbeError, or anything else that was thrown. */
export function failureVerdict(error: unknown, progress: Progress, redact: Redact): Verdict {
  const text = errorText(error);
  const { reason, stage, code } = failureOf(error, text, progress.stage);
  const { outcome, remediation } = FAILURES[reason];
  const { requested, opened } = progress;
  const attempt =
    stage === 'pool' ? `${ATTEMPTS.pool} with ${opened} of ${requested} connections open` : ATTEMPTS[stage];
  return {
    version: 1,
    outcome,
    reason,
    stage,
    message: `${attempt}: ${normalize(redact(text, progress.descriptor))}`,
    remediation,
    ...(code !== undefined && { code }),
    ...observations(progress, redact),
  };
}

/**
 * The verdict that is in the termination message while the probe runs, in case that SIGKILL leaves no time for another. Until the
 * first logon has succeeded it reports a logon without an answer.
 */
export function provisionalVerdict(isLoggedOn: boolean, progress: Progress, redact: Redact): Verdict {
  const verdict = failureVerdict(new ProbeError('ProbeKilled', 'the probe was killed'), progress, redact);
  const stage = isLoggedOn ? 'pool' : 'logon';
  return {
    ...verdict,
    stage,
    message: `The probe was killed ${isLoggedOn ? 'after its first logon' : 'before its first logon was answered'}.`,
  };
}

function failureOf(error: unknown, text: string, stage: Stage): Failure {
  return error instanceof ProbeError ? failureAt(error.reason, stage) : classify(text, stage);
}

/** The fields that each verdict has, successful or not. */
function observations(progress: Progress, redact: Redact): Partial<Verdict> {
  const { requested, opened, timings, database, warnings, limits } = progress;
  const { descriptor, fingerprint, passwordExpiresInDays, walletExpiresInDays } = progress;
  const fit = (text: string, max: number) => truncateToBytes(normalize(redact(text, descriptor)), max);
  const known = Object.entries(database).map(([name, text = '']) => [name, fit(text, name === 'version' ? 64 : 128)]);
  return {
    ...(requested !== undefined && { pool: { requested, opened } }),
    ...(fingerprint !== undefined && { fingerprint }),
    timings,
    ...(known.length > 0 && { database: Object.fromEntries(known) }),
    ...(limits !== undefined && { limits }),
    ...(passwordExpiresInDays !== undefined && { passwordExpiresInDays }),
    ...(walletExpiresInDays !== undefined && { walletExpiresInDays }),
    ...(warnings.length > 0 && { warnings: warnings.slice(0, 5).map((text) => fit(text, 300)) }),
  };
}

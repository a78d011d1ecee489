/** The verdict in its final words: from what was seen to what is said, without secrets and within the schema's bounds. */
import type { Stage, Verdict } from '../../contract/verdict.ts';
import { classify, type Failure, failureAt } from './classify.ts';
import { cutToBytes, messageOf, tidy } from './driver-text.ts';
import { FAILURES } from './failure-table.ts';
import type { Parameters } from '../input/parameters.ts';
import { ProbeError } from './probe-error.ts';
import type { Progress } from './progress.ts';
import type { Scrub } from './redact.ts';

/** What each stage tries, as the beginning of a sentence that ends with what came. */
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

/** The pool works. */
export function success({ pool }: Parameters, progress: Progress, scrub: Scrub): Verdict {
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
    ...facts(progress, scrub),
  };
}

/** What was thrown, or found by the probe itself. */
export function failure(error: unknown, progress: Progress, scrub: Scrub): Verdict {
  const text = messageOf(error);
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
    message: `${attempt}: ${tidy(scrub(text, progress.descriptor))}`,
    remediation,
    ...(code !== undefined && { code }),
    ...facts(progress, scrub),
  };
}

/**
 * What is to be found where the process is killed, which leaves no time for a word. Before the first logon is over it
 * counts as one that nobody answered.
 */
export function killed(isLoggedOn: boolean, progress: Progress, scrub: Scrub): Verdict {
  const verdict = failure(new ProbeError('ProbeKilled', 'the probe was killed'), progress, scrub);
  const stage = isLoggedOn ? 'pool' : 'logon';
  return {
    ...verdict,
    stage,
    message: `The probe was killed ${isLoggedOn ? 'after its first logon' : 'before its first logon was answered'}.`,
  };
}

function failureOf(error: unknown, text: string, reached: Stage): Failure {
  return error instanceof ProbeError ? failureAt(error.reason, reached) : classify(text, reached);
}

function facts(progress: Progress, scrub: Scrub): Partial<Verdict> {
  const { requested, opened, timings, database, warnings, limits } = progress;
  const { descriptor, fingerprint, passwordExpiresInDays, walletExpiresInDays } = progress;
  const fit = (text: string, max: number) => cutToBytes(tidy(scrub(text, descriptor)), max);
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

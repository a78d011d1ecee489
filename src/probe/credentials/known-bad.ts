/** Credentials that a database has refused are not sent to it again. */
import { type Answers, MOST_UNANSWERED } from '../../contract/verdict.ts';
import { fingerprintOf } from './fingerprint.ts';
import type { Parameters } from '../input/parameters.ts';
import { ProbeError } from '../verdict/probe-error.ts';
import type { Progress } from '../verdict/progress.ts';

/** Puts the fingerprint into `progress` once it is known. Never rejects: what fails is told when the verdict is made. */
export async function identify({ database, salt }: Parameters, progress: Progress): Promise<void> {
  if (salt === undefined) return;
  try {
    progress.fingerprint = await fingerprintOf(database.user, database.password, salt);
  } catch (error) {
    progress.warnings.push(`Making the fingerprint of the credentials: ${String(error)}`);
  }
}

/** Throws a ProbeError where these credentials were refused, or too often not answered, and nobody asks for a real try. */
export async function refuseAgain(
  { answers, isForced }: Parameters,
  progress: Progress,
  identifying: Promise<void>,
): Promise<void> {
  if (isForced || Object.values(answers).every(isHarmless)) return;
  await identifying;
  const answer = progress.fingerprint === undefined ? undefined : answers[progress.fingerprint];
  if (answer === undefined || isHarmless(answer)) return;
  const at = new Date(answer.at).toISOString();
  if (answer.reason !== undefined) {
    throw new ProbeError(
      'CredentialsKnownBad',
      `user and password are those that the database refused at ${at} (${answer.reason}), so they were not sent`,
    );
  }
  throw new ProbeError(
    'LogonOutcomeUnknown',
    `${answer.unanswered} logons with this user and password got no answer, the last at ${at}, so they were not sent again`,
  );
}

const isHarmless = ({ reason, unanswered = 0 }: Answers[string]) =>
  reason === undefined && unanswered < MOST_UNANSWERED;

/** Credentials that a database has refused are not sent to it again. */
import { fingerprintOf } from './fingerprint.ts';
import type { Parameters } from './parameters.ts';
import { ProbeError } from './probe-error.ts';
import type { Progress } from './progress.ts';

/** Puts the fingerprint into `progress` once it is known. Never rejects: what fails is told when the verdict is made. */
export async function identify({ database, salt }: Parameters, progress: Progress): Promise<void> {
  if (salt === undefined) return;
  try {
    progress.fingerprint = await fingerprintOf(database.user, database.password, salt);
  } catch (error) {
    progress.warnings.push(`Making the fingerprint of the credentials: ${String(error)}`);
  }
}

/** Throws a ProbeError where these credentials were refused before and nobody asks for a real try. */
export async function refuseAgain(
  { answers, isForced }: Parameters,
  progress: Progress,
  identifying: Promise<void>,
): Promise<void> {
  if (isForced || Object.values(answers).every(({ reason }) => reason === undefined)) return;
  await identifying;
  const answer = progress.fingerprint === undefined ? undefined : answers[progress.fingerprint];
  if (answer?.reason === undefined) return;
  throw new ProbeError(
    'CredentialsStillRefused',
    `user and password are those that the database refused at ${new Date(answer.at).toISOString()} (${answer.reason}), so they were not sent`,
  );
}

/**
 * Credentials that a database rejected are not sent to it again, because each rejected logon counts towards locking the account.
 * The operator keeps the results of earlier logons by fingerprint and passes them to the probe.
 */
import { maySend } from '../../contract/logon-results.ts';
import type { Parameters } from '../input/parameters.ts';
import { own, ownWords } from '../verdict/own-text.ts';
import { ProbeError } from '../verdict/probe-error.ts';
import type { Progress } from '../verdict/progress.ts';
import { fingerprintOf } from './fingerprint.ts';

/** Sets `progress.fingerprint` where there is a salt. Never rejects: an error becomes a warning of the verdict. */
export async function computeFingerprint({ database, salt }: Parameters, progress: Progress): Promise<void> {
  if (salt === undefined) return;
  try {
    progress.fingerprint = await fingerprintOf(database.user, database.password, salt);
  } catch (error) {
    progress.warnings.push(own`Making the fingerprint of the credentials: ${String(error)}`);
  }
}

/**
 * Throws a ProbeError (CredentialsKnownBad or LogonOutcomeUnknown) where these credentials were rejected, or too many logons
 * with them got no answer. A forced logon skips the check, and some are sent once a day. `fingerprint` is the promise of `computeFingerprint`.
 */
export async function rejectKnownBad(
  { logonResults, isLogonForced }: Parameters,
  progress: Progress,
  fingerprint: Promise<void>,
): Promise<void> {
  const now = Date.now();
  if (isLogonForced || Object.values(logonResults).every((result) => maySend(result, now))) return;
  await fingerprint;
  const result = progress.fingerprint === undefined ? undefined : logonResults[progress.fingerprint];
  if (result === undefined || maySend(result, now)) return;
  const at = `${new Date(result.at).toISOString().slice(0, 19)}Z`;
  if (result.reason !== undefined)
    throw new ProbeError('CredentialsKnownBad', own`they were not sent again`, `${result.reason} at ${at}`);
  throw new ProbeError(
    'LogonOutcomeUnknown',
    ownWords(`${result.unanswered} in a row, the last at ${at}, so they were not sent again`),
  );
}

/**
 * The other end of a simulated probe: Secrets, a database that takes one password, and the probe's program as far as it
 * decides whether credentials are sent. Every logon is on record.
 */
import { hashOf } from '../../../src/core/model/json.ts';
import { maySend, parseLogonResults, isLogonRejected } from '../../../src/contract/logon-results.ts';
import { type Verdict } from '../../../src/contract/verdict.ts';
import { verdict } from '../builders.ts';

export type Logon = {
  /** uid of the profile. */
  readonly by: string;
  readonly fingerprint: string;
  readonly isAccepted: boolean;
  /** The request that forced this logon, whatever is known of the credentials. */
  readonly forcedBy: string | undefined;
};

/** What a probe's pod is given. */
export type Login = {
  readonly by: string;
  readonly secret: string;
  readonly answersKey: string;
  readonly forcedBy: string | undefined;
};

export class Database {
  password = 'right';
  readonly secrets: Record<string, string> = { 'search-api-db': 'right', 'other-db': 'right' };
  readonly logons: Logon[] = [];
  /** What the next probe says that gets past its logon. */
  nextVerdict: Verdict = verdict();

  /** Runs the probe's program; `answers` is the data of `dbpool-logon-results` when its container starts, at `now`. */
  probe({ by, secret, answersKey, forcedBy }: Login, answers: Readonly<Record<string, string>>, now: number): Verdict {
    if (['connect', 'start'].includes(this.nextVerdict.stage)) return this.nextVerdict;
    const password = this.secrets[secret];
    const fingerprint = fingerprintOf(secret, password ?? '');
    const result = parseLogonResults(answers[answersKey])[fingerprint];
    if (result !== undefined && !maySend(result, now) && forcedBy === undefined) {
      const reason = result.reason === undefined ? 'LogonOutcomeUnknown' : 'CredentialsKnownBad';
      return verdict({ outcome: 'PermanentFailure', reason, stage: 'start', fingerprint });
    }
    // The connection ended before the password was sent.
    if (this.nextVerdict.stage === 'server') return { ...this.nextVerdict, fingerprint };
    const said = password === this.password ? this.nextVerdict : REFUSED;
    this.logons.push({ by, fingerprint, isAccepted: !isLogonRejected(said), forcedBy });
    return { ...said, fingerprint };
  }
}

const REFUSED = verdict({ outcome: 'PermanentFailure', reason: 'AuthenticationFailed', stage: 'logon' });

/** Each Secret is another user's. Four hexadecimal digits. */
const fingerprintOf = (secret: string, password: string) => hashOf([secret, password]).slice(0, 4);

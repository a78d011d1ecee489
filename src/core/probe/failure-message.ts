/** The message of the condition ProbeSucceeded after a failed probe: what is wrong, what to do, and what the operator does next. */
import type { ProfileSpec } from '../../api/v1alpha1.ts';
import { isLogonRejected, isRepeatedDaily } from '../../contract/logon-results.ts';
import { type Verdict } from '../../contract/verdict.ts';
import { MAX_PAUSE_MINUTES } from './retry.ts';

type Database = NonNullable<ProfileSpec['database']>;

const PROBES_AGAIN = `The operator probes again within ${MAX_PAUSE_MINUTES} minutes`;

/**
 * Fields of the spec are replaced by the objects that they name: `spec.database.credentialsSecretRef` becomes "Secret search-db (keys
 * DB_USER and DB_PASSWORD)". `isRetried` is false where only a request or another spec starts the next probe. The message does
 * not change from attempt to attempt; status.probe.nextAttemptAt has the time.
 */
export function failureMessage(verdict: Verdict, database: Database | undefined, isRetried: boolean): string {
  const sentences = [verdict.message, verdict.remediation, nextStep(verdict, isRetried)]
    .filter((sentence) => sentence !== '')
    .map(asSentence);
  return withObjectNames(sentences.join(' '), database);
}

function nextStep(verdict: Verdict, isRetried: boolean): string {
  if (!isRetried)
    return 'The operator does not retry until a probe is requested (dbpool.dev/probe-requested-at) or the spec changes.';
  if (!isLogonRejected(verdict)) return `${PROBES_AGAIN}.`;
  return isRepeatedDaily(verdict.reason)
    ? `${PROBES_AGAIN}, and sends these credentials again after 24 hours.`
    : `${PROBES_AGAIN}, and does not send these credentials again.`;
}

/** The driver's text may end with any character. */
const asSentence = (text: string) => (/[.!?]$/.test(text) ? text : `${text}.`);

function withObjectNames(text: string, database: Database | undefined): string {
  if (database === undefined) return text;
  const { credentialsSecretRef, walletSecretRef, caConfigMapKeyRef, connectStringFrom } = database;
  const { name, usernameKey, passwordKey } = credentialsSecretRef;
  const objects: readonly (readonly [field: RegExp, object: string | undefined])[] = [
    [/\bspec\.database\.credentialsSecretRef\b/g, `Secret ${name} (keys ${usernameKey} and ${passwordKey})`],
    [/\bspec\.database\.walletSecretRef\b/g, walletSecretRef && `Secret ${walletSecretRef.name}`],
    [/\bspec\.database\.caConfigMapKeyRef\b/g, keyOf('ConfigMap', caConfigMapKeyRef)],
    [
      /\bspec\.database\.connectString\b/g,
      keyOf('Secret', connectStringFrom?.secretKeyRef) ?? keyOf('ConfigMap', connectStringFrom?.configMapKeyRef),
    ],
  ];
  return objects.reduce(
    (named, [field, object]) => (object === undefined ? named : named.replaceAll(field, () => object)),
    text,
  );
}

const keyOf = (kind: string, ref: { readonly name: string; readonly key: string } | undefined) =>
  ref && `${kind} ${ref.name} (key ${ref.key})`;

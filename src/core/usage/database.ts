/** What a profile says about its database, and what its probes have found out about it. */
import type { DatabaseStatus, ProfileSpec } from '../../api/v1alpha1.ts';
import { logonResultsKeyOf } from '../probe/pod.ts';
import { parseRfc3339 } from '../model/time.ts';
import type { BackendDatabase } from '../model/usage.ts';

type Database = ProfileSpec['database'];

type SessionSettings = NonNullable<Database>['sessions'];

/** For a profile without a database: its sum is reported, and it shares sessions with nobody. */
const DEFAULT_SESSIONS: SessionSettings = { reserve: 0, policy: 'Warn' };

/** `spec.database.sessions`. */
export const sessionSettings = (database: Database): SessionSettings => database?.sessions ?? DEFAULT_SESSIONS;

/** `reported` is `status.database`. It is ignored where it was found with another connect string than the spec's. */
export function backendDatabase(database: Database, reported: DatabaseStatus | undefined): BackendDatabase {
  const { limit, reserve, group } = sessionSettings(database);
  const known =
    database !== undefined && reported?.connectStringHash === logonResultsKeyOf(database) ? reported : undefined;
  return {
    group,
    connectString: connectStringOrSource(database),
    usernameSource: database && usernameSource(database),
    limit,
    reserve,
    facts: known && {
      identity: unredactedIdentity(known.identity),
      limits: known.limits,
      user: unlessRedacted(known.identity?.user),
      measured: known.measured && { ...known.measured, at: parseRfc3339(known.measured.at) },
    },
  };
}

/**
 * Undefined where `text` has redacted parts ("***"). A probe redacts all parts of a secret connect string, and different
 * databases would then have the same name.
 */
const unlessRedacted = (text: string | undefined) => (text?.includes('***') === true ? undefined : text);

function unredactedIdentity(identity: DatabaseStatus['identity']): DatabaseStatus['identity'] {
  const { uniqueName, pdbName } = identity ?? {};
  if (uniqueName === undefined || [uniqueName, pdbName].some((name) => name?.includes('***'))) return undefined;
  return { uniqueName, ...(pdbName !== undefined && { pdbName }) };
}

const usernameSource = ({ credentialsSecretRef: { name, usernameKey } }: NonNullable<Database>) =>
  `key ${usernameKey} of Secret ${name}`;

function connectStringOrSource(database: Database): string | undefined {
  const { configMapKeyRef, secretKeyRef } = database?.connectStringFrom ?? {};
  if (configMapKeyRef !== undefined) return `key ${configMapKeyRef.key} of ConfigMap ${configMapKeyRef.name}`;
  if (secretKeyRef !== undefined) return `key ${secretKeyRef.key} of Secret ${secretKeyRef.name}`;
  return database?.connectString;
}

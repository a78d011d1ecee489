/** What a profile says of its database, and what its probes have learnt of that very one. */
import type { LearntFacts, ProfileSpec } from '../../api/v1alpha1.ts';
import { answersKeyOf } from '../probe/pod.ts';
import type { BackendDatabase } from '../model/usage.ts';

type Database = ProfileSpec['database'];

export type SessionSettings = NonNullable<Database>['sessions'];

/** A profile without a database is told its sum, and shares it with nobody. */
const DEFAULT_SESSIONS: SessionSettings = { reserve: 0, policy: 'Warn' };

export const sessionSettings = (database: Database): SessionSettings => database?.sessions ?? DEFAULT_SESSIONS;

/** `found` is what the status keeps. */
export function backendDatabase(database: Database, found: LearntFacts | undefined): BackendDatabase {
  const { limit, reserve, group } = sessionSettings(database);
  const learnt = database !== undefined && found?.connectStringHash === answersKeyOf(database) ? found : undefined;
  return {
    group,
    connectString: connectStringOrSource(database),
    usernameSource: database && usernameSource(database),
    limit,
    reserve,
    facts: learnt && {
      identity: unredactedIdentity(learnt.identity),
      limits: learnt.limits,
      user: unlessRedacted(learnt.identity?.user),
    },
  };
}

/** Parts of a connect string that is secret are struck out of what a probe says: they name nothing. */
const unlessRedacted = (text: string | undefined) => (text?.includes('***') === true ? undefined : text);

function unredactedIdentity(identity: LearntFacts['identity']): LearntFacts['identity'] {
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

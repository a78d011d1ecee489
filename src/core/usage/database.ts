/** What a profile says of its database, and what its probes have learnt of that very one. */
import type { LearntFacts, ProfileSpec } from '../../api/v1alpha1.ts';
import { answersKeyOf } from '../probe/pod.ts';
import type { MemberDatabase } from '../model/usage.ts';

type Database = ProfileSpec['database'];

export type Sessions = NonNullable<Database>['sessions'];

/** A profile without a database is told its sum, and shares it with nobody. */
const UNBOUND: Sessions = { reserve: 0, policy: 'Warn' };

export const sessionsOf = (database: Database): Sessions => database?.sessions ?? UNBOUND;

/** `found` is what the status keeps. */
export function databaseOf(database: Database, found: LearntFacts | undefined): MemberDatabase {
  const { limit, reserve } = sessionsOf(database);
  const learnt = database !== undefined && found?.of === answersKeyOf(database) ? found : undefined;
  return {
    group: database?.group,
    connectString: connectStringOf(database),
    credentials: database && credentialsOf(database),
    limit,
    reserve,
    learnt: learnt && { names: toldNames(learnt.facts), limits: learnt.limits, user: told(learnt.facts?.user) },
  };
}

/** Parts of a connect string that is secret are struck out of what a probe says: they name nothing. */
const told = (text: string | undefined) => (text?.includes('***') === true ? undefined : text);

function toldNames(facts: LearntFacts['facts']): LearntFacts['facts'] {
  const { uniqueName, pdbName } = facts ?? {};
  if (uniqueName === undefined || [uniqueName, pdbName].some((name) => name?.includes('***'))) return undefined;
  return { uniqueName, ...(pdbName !== undefined && { pdbName }) };
}

const credentialsOf = ({ credentialsSecretRef: { name, usernameKey } }: NonNullable<Database>) =>
  `key ${usernameKey} of Secret ${name}`;

function connectStringOf(database: Database): string | undefined {
  const { configMapKeyRef, secretKeyRef } = database?.connectStringFrom ?? {};
  if (configMapKeyRef !== undefined) return `key ${configMapKeyRef.key} of ConfigMap ${configMapKeyRef.name}`;
  if (secretKeyRef !== undefined) return `key ${secretKeyRef.key} of Secret ${secretKeyRef.name}`;
  return database?.connectString;
}

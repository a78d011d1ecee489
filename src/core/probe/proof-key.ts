/**
 * What a user chose of what a probe depends on, as two hashes:
 *
 *   connection key   how the probe reaches the database: connect string, names and keys of Secrets, certificate authority, ...
 *   proof key        that, and the four pool settings
 *
 * A proof is valid for one proof key. Both keys outlive the operator's version: its image and the variables of the pod are no part
 * of them, so an upgrade voids no proof. An absent optional field is left out, so a new field changes no key. A test has the keys
 * of a table of specs; they change with PROOF_VERSION alone.
 */
import type { ProfileSpec } from '../../api/v1alpha1.ts';
import { hashOf } from '../model/json.ts';

/**
 * Raised where an older probe proves too little: every proof is void then, by intent. Version 1 took the first of two entries of an alias
 * in a tnsnames.ora where the backend takes the last, so it may have proven another database.
 */
export const PROOF_VERSION = 2;

type Inputs = Pick<ProfileSpec, 'pool' | 'database' | 'probe'>;
type Database = NonNullable<ProfileSpec['database']>;

export function proofKeyOf(spec: Inputs, version = PROOF_VERSION): string {
  const { min, max, timeoutSeconds, recycleSeconds } = spec.pool;
  return hashOf({ pool: { min, max, timeoutSeconds, recycleSeconds }, ...connectionInputs(spec, version) });
}

export const connectionKeyOf = (spec: Inputs, version = PROOF_VERSION): string =>
  hashOf(connectionInputs(spec, version));

const connectionInputs = ({ database, probe }: Inputs, version: number) => ({
  version,
  maxConnections: probe.maxConnections,
  ...(database !== undefined && databaseInputs(database)),
});

/** Each field by its name: a field that the API gets later is no input until it is added here. */
function databaseInputs({
  connectString,
  connectStringFrom,
  credentialsSecretRef: { name, usernameKey, passwordKey },
  walletSecretRef: wallet,
  caConfigMapKeyRef: ca,
  sessions: { reserve },
}: Database) {
  return {
    connectString,
    connectStringFrom: connectStringFrom && {
      configMap: refInputs(connectStringFrom.configMapKeyRef),
      secret: refInputs(connectStringFrom.secretKeyRef),
    },
    credentials: { name, usernameKey, passwordKey },
    wallet: wallet && { name: wallet.name, passwordKey: wallet.passwordKey },
    ca: refInputs(ca),
    reserve,
  };
}

const refInputs = (ref: { readonly name: string; readonly key: string } | undefined) =>
  ref && { name: ref.name, key: ref.key };

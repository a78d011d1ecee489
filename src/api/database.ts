/** The part of the spec about the database: where it is, with which credentials, and how many sessions it has for backends. */
import * as z from 'zod';
import { CREDENTIALS, isWithoutCredentials, KNOWN_FORM } from '../contract/connect-string.ts';
import { cel, dataKey, keyRef, objectName } from './schema-helpers.ts';

const sessionsDefaults = { reserve: 20, policy: 'Warn' as const };

const sessionsSchema = z
  .object({
    limit: z
      .int()
      .min(1)
      .max(1_000_000)
      .optional()
      .describe(
        'Sessions that all backends of the database may use together. Default: the limits that the probe reads from the database (sessions, processes), if its user may read them. If profiles of one database differ, the smallest limit applies.',
      ),
    reserve: z
      .int()
      .min(0)
      .max(1_000_000)
      .default(sessionsDefaults.reserve)
      .describe(
        'Sessions of the limit that stay free for other users: people, jobs, the database itself. The probe leaves them free, too.',
      ),
    policy: z
      .enum(['Enforce', 'Warn', 'Ignore'])
      .default(sessionsDefaults.policy)
      .describe(
        'What happens to a rollout whose peak does not fit. Enforce: if a limit is known, the rollout waits until there is room. Warn: the rollout starts, and the condition WithinSessionBudget reports it. Ignore: the rollout is not checked, and does not wait for other backends of the database.',
      ),
    group: z
      .string()
      .min(1)
      .max(253)
      .regex(/^[^\s,]+$/)
      .optional()
      .describe(
        'Profiles with the same group share the sessions of one database. Default: profiles whose database reports the same name on the same host, else profiles whose connect strings have an address in common. A group ends at its namespace, unless CROSS_NAMESPACE_GROUPS of the operator lists it.',
      ),
  })
  .describe('How many sessions all backends of the database may use together, at the peak of a rollout.');

/** `isWithoutCredentials` in CEL. */
const HAS_NO_CREDENTIALS =
  `!has(self.connectString) || ` +
  `self.connectString.matches(r'${KNOWN_FORM}') && !self.connectString.matches(r'${CREDENTIALS}')`;

const WITHOUT_CREDENTIALS =
  'connectString: write host:port/service, a complete (DESCRIPTION=...) or a TNS alias, without user and password: a profile is no Secret, and the probe takes both from credentialsSecretRef';

export const databaseSchema = z
  .object({
    connectString: z
      .string()
      .min(1)
      .max(4096)
      .optional()
      .describe(
        'Easy Connect string (host:port/service), connect descriptor, or alias of the tnsnames.ora in the wallet Secret, as the backend uses it. Without user and password.',
      ),
    connectStringFrom: z
      .object({
        configMapKeyRef: keyRef.optional().describe('Key of a ConfigMap.'),
        secretKeyRef: keyRef
          .optional()
          .describe('Key of a Secret. The kubelet passes it to the probe pod; the operator never reads it.'),
      })
      .optional()
      .describe('Key of a ConfigMap or Secret that holds the connect string, instead of connectString.')
      .meta(
        cel([
          'has(self.configMapKeyRef) != has(self.secretKeyRef)',
          'give exactly one of configMapKeyRef and secretKeyRef',
        ]),
      ),
    credentialsSecretRef: z
      .object({
        name: objectName.describe('Name of the Secret, in the namespace of the profile.'),
        usernameKey: dataKey.default('DB_USER').describe('Key that holds the user name.'),
        passwordKey: dataKey.default('DB_PASSWORD').describe('Key that holds the password.'),
      })
      .describe(
        'Secret with the credentials of the backend. The kubelet passes it to the probe pod; the operator never reads it.',
      ),
    walletSecretRef: z
      .object({
        name: objectName.describe('Name of the Secret, in the namespace of the profile.'),
        passwordKey: dataKey.optional().describe('Key that holds the password of the wallet, if it has one.'),
      })
      .optional()
      .describe(
        'Secret with a wallet: ewallet.pem, tnsnames.ora, or both. The kubelet mounts it into the probe pod; the operator never reads it.',
      ),
    caConfigMapKeyRef: z
      .object({
        name: objectName.describe('Name of the ConfigMap, in the namespace of the profile.'),
        key: dataKey.describe('Key that holds the certificates, in PEM format.'),
      })
      .optional()
      .describe('ConfigMap with the certificate authority of the listener, for TLS without a wallet.'),
    sessions: sessionsSchema.default(sessionsDefaults),
  })
  // Rules of the object, not of the field: the API server repeats a field that breaks its own rule.
  .refine(
    ({ connectString }) => connectString === undefined || isWithoutCredentials(connectString),
    WITHOUT_CREDENTIALS,
  )
  .describe('The database that the probe logs on to. Required unless probe.policy is Disabled.')
  .meta(
    cel(
      [
        'has(self.connectString) != has(self.connectStringFrom)',
        'give exactly one of connectString and connectStringFrom',
      ],
      [HAS_NO_CREDENTIALS, WITHOUT_CREDENTIALS],
    ),
  );

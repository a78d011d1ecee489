/** The part of the spec about the database: where it is, with which credentials, and how many sessions it has for backends. */
import * as z from 'zod';
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
        'Sessions that all backends of the database may have together. Without it: what the probe has learnt of the database (sessions, processes), where its user may read that. Where profiles of one database differ, the smallest holds.',
      ),
    reserve: z
      .int()
      .min(0)
      .max(1_000_000)
      .default(sessionsDefaults.reserve)
      .describe(
        'Sessions of the limit that are left to others: people, jobs, the database itself. The probe leaves them, too.',
      ),
    policy: z
      .enum(['Enforce', 'Warn', 'Ignore'])
      .default(sessionsDefaults.policy)
      .describe(
        'What comes of a rollout whose peak does not fit. Enforce: it is held until there is room, wherever a limit is known. Warn: it is told. Ignore: it is not judged, and waits for no other backend of the database.',
      ),
    group: z
      .string()
      .min(1)
      .max(253)
      .regex(/^[^\s,]+$/)
      .optional()
      .describe(
        "Profiles of one group share the sessions of one database. Without it: those whose database gives itself the same name, else those with the same connect string. In this namespace, unless the operator's settings list the group as shared.",
      ),
  })
  .describe('What bounds the sessions of all backends of the database, at the peak of a rollout.');

export const databaseSchema = z
  .object({
    connectString: z
      .string()
      .min(1)
      .max(4096)
      .optional()
      .describe('Easy Connect string (host:port/service) or connect descriptor, as the backend uses it.'),
    connectStringFrom: z
      .object({ configMapKeyRef: keyRef.optional(), secretKeyRef: keyRef.optional() })
      .optional()
      .describe('Where the connect string stands, instead of connectString.')
      .meta(
        cel(
          'has(self.configMapKeyRef) != has(self.secretKeyRef)',
          'give exactly one of configMapKeyRef and secretKeyRef',
        ),
      ),
    credentialsSecretRef: z
      .object({
        name: objectName.describe('Name of the Secret, in the namespace of the profile.'),
        usernameKey: dataKey.default('DB_USER').describe('Key of the user name.'),
        passwordKey: dataKey.default('DB_PASSWORD').describe('Key of the password.'),
      })
      .describe(
        'Secret with the credentials of the backend. The kubelet gives it to the probe pod; the operator never reads it.',
      ),
    walletSecretRef: z
      .object({
        name: objectName.describe('Name of the Secret, in the namespace of the profile.'),
        passwordKey: dataKey.optional().describe("Key of the wallet's password, where it has one."),
      })
      .optional()
      .describe(
        'Secret with a wallet: ewallet.pem, tnsnames.ora, or both. The kubelet mounts it into the probe pod; the operator never reads it.',
      ),
    caConfigMapKeyRef: z
      .object({
        name: objectName.describe('Name of the ConfigMap, in the namespace of the profile.'),
        key: dataKey.describe('Key of the certificates, in PEM form.'),
      })
      .optional()
      .describe("Authority that signed the listener's certificate, where there is no wallet: for TLS without one."),
    sessions: sessionsSchema.default(sessionsDefaults),
  })
  .describe('The database that the probe logs in to. Needed unless probe.policy is Disabled.')
  .meta(
    cel(
      'has(self.connectString) != has(self.connectStringFrom)',
      'give exactly one of connectString and connectStringFrom',
    ),
  );

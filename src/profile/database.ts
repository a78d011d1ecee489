/** The part of the spec about the database: where it is, with which credentials, and how many sessions it has for backends. */
import { z } from 'zod';
import { cel, dataKey, keyRef, objectName } from './fields.ts';

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
    caRef: z
      .object({
        configMap: objectName.describe('Name of the ConfigMap, in the namespace of the profile.'),
        key: dataKey.describe('Key of the certificates, in PEM form.'),
      })
      .optional()
      .describe("Authority that signed the listener's certificate, where there is no wallet: for TLS without one."),
  })
  .describe('The database that the probe logs in to. Needed unless probe.policy is Disabled.')
  .meta(
    cel(
      'has(self.connectString) != has(self.connectStringFrom)',
      'give exactly one of connectString and connectStringFrom',
    ),
  );

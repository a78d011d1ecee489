import { createPrivateKey } from 'node:crypto';
import { beforeAll, expect, test } from 'vitest';
import { createCertificate } from '../support/certificate.ts';
import { attempted, restart, RIGHT, shopIn, untouched, wanted } from './probe-shop.ts';
import { apply, plainBackend, profile, ready, secret } from './shop.ts';
import { freshNamespace } from './support.ts';

const server = createCertificate();

let namespace: string;
beforeAll(async () => {
  namespace = await freshNamespace('tls');
  await shopIn(namespace, secret('db', RIGHT));
  await restart(namespace, { tls: server });
});

/** The certificate is one for 127.0.0.1, and there is no other. */
const SECURE = 'tcps://oracle:1521/FREEPDB1?ssl_server_dn_match=off';

test('a probe with TLS and without a wallet says what is missing, and trusts the CA of the profile', async () => {
  const caConfigMapKeyRef = { name: 'corporate-ca', key: 'ca.crt' };
  await apply(namespace, wanted('pool', { connectString: SECURE }));
  await ready(namespace, 'pool', 'CertificateUntrusted');
  await apply(namespace, wanted('pool', { connectString: SECURE, database: { caConfigMapKeyRef } }));
  await ready(namespace, 'pool', 'CaMissing');
  expect(await untouched(namespace)).toBe(true);
  const ca = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'corporate-ca' },
    data: { 'ca.crt': server.cert },
  };
  await apply(namespace, ca);
  await ready(namespace, 'pool', 'Ready');
});

test('a probe reads alias, certificates and key from a wallet', async () => {
  const cipher = { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'of the wallet' } as const;
  const key = String(createPrivateKey(server.key).export(cipher));
  const tnsnames = `shop_high = (DESCRIPTION=(ADDRESS=(PROTOCOL=tcps)(HOST=oracle)(PORT=1521))(CONNECT_DATA=(SERVICE_NAME=FREEPDB1))(SECURITY=(SSL_SERVER_DN_MATCH=OFF)))`;
  const wallet = { 'ewallet.pem': `${server.cert}${key}`, 'tnsnames.ora': tnsnames, PASSWORD: 'of the wallet' };
  const asked = (name: string, passwordKey?: string) =>
    profile(name, {
      targetRef: { name: 'other' },
      probe: { policy: 'Advisory' },
      database: {
        connectString: 'shop_high',
        credentialsSecretRef: { name: 'db' },
        walletSecretRef: { name: 'wallet', ...(passwordKey !== undefined && { passwordKey }) },
      },
      rollout: { observeSeconds: 0 },
    });
  await apply(
    namespace,
    secret('wallet', wallet),
    plainBackend('other', { replicas: 0 }),
    asked('walleted', 'PASSWORD'),
  );
  const status = await ready(namespace, 'walleted', 'Ready');
  const { probe } = status.probe === undefined ? await attempted(namespace, 'walleted', 1) : status;
  expect(probe).toMatchObject({ reason: 'PoolOpened', walletExpiresInDays: expect.any(Number) as number });
});

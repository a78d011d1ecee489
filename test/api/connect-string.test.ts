/** A profile is no Secret: a connect string with a user and a password is rejected before it is stored. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { databaseSchema } from '../../src/api/database.ts';

const isAccepted = (connectString: string) =>
  databaseSchema.safeParse({ connectString, credentialsSecretRef: { name: 'db' } }).success;

test.for([
  'app/s3cr3t@db:1521/FREEPDB1',
  'app/p@ss/w0rd@db:1521/FREEPDB1',
  'app/"s3cr3t"@orders',
  'app@db/FREEPDB1',
  ' app / s3cr3t @ db',
  'app/p?ss@db',
  'app/p??@db',
  'app/p(ss@db',
  '"app"/s3cr3t@(DESCRIPTION=(ADDRESS=(HOST=db)))',
  'jdbc:oracle:thin:app/s3cr3t@//db:1521/FREEPDB1',
  'JDBC:ORACLE:THIN:app/s3cr3t@//db:1521/FREEPDB1',
  'jdbc:oracle:thin:app/s3cr3t@db?TNS_ADMIN=/opt/wallet',
  'jdbc:oracle:oci:app/s3cr3t@(DESCRIPTION=(ADDRESS=(HOST=db)))',
  'jdbc:oracle:thin:@app/s3cr3t@db',
  'oracle+oracledb://app:s3cr3t@db:1521/?service_name=FREEPDB1',
  'oracle://app:s3cr3t@db/FREEPDB1',
  'oracle://:s3cr3t@db/FREEPDB1',
  'tcps://app:s3cr3t@db/FREEPDB1?wallet_location=/w',
  '@app/s3cr3t@db',
  'app/p?name=s3cr3t@db',
  'app/p@(s3cr3t@db',
  'Driver={x (y)};Uid=app;Pwd=s3cr3t',
  'Uid=app,Pwd=s3cr3t',
  'db;ProxyPassword=s3cr3t',
  'db/x?wallet_password=s3cr3t',
  'user=app pwd=s3cr3t host=db:1521/FREEPDB1',
  'Driver={Oracle};Uid=app;Pwd=s3cr3t;',
  'Password=s3cr3t;User Id=app;Data Source=db',
  'db:1521/FREEPDB1?pwd=s3cr3t',
])('%s is rejected', (connectString) => {
  expect(isAccepted(connectString)).toBe(false);
});

test.for([
  'db:1521/FREEPDB1',
  'orders',
  '@orders',
  '@//db:1521/FREEPDB1',
  '[::1]:1521/FREEPDB1',
  'tcps://db1,db2:1522/orders.example:pooled?wallet_location=/opt/w@llet&retry_count=3',
  'db/orders?ssl_server_cert_dn="CN=db,EMAIL=dba@example.com"',
  'orders?TNS_ADMIN=/opt/w@llet',
  '(DESCRIPTION=(ADDRESS=(HOST=db))(SECURITY=(SSL_SERVER_CERT_DN="CN=db,EMAIL=dba@example.com")))',
  ' (DESCRIPTION=(ADDRESS=(HOST=db)))',
  'jdbc:oracle:thin:@//db:1521/FREEPDB1',
  'JDBC:Oracle:thin:@//db:1521/FREEPDB1',
  'jdbc:oracle:thin:@db:1521:FREE',
  'jdbc:oracle:thin:@(DESCRIPTION=(SECURITY=(SSL_SERVER_CERT_DN="EMAIL=dba@example.com")))',
  'jdbc:oracle:thin:@orders?TNS_ADMIN=/opt/w@llet',
])('%s reaches the probe', (connectString) => {
  expect(isAccepted(connectString)).toBe(true);
});

test('the CRD has the rule, and the message says what to write instead', () => {
  const { error } = databaseSchema.safeParse({ connectString: 'a/b@c', credentialsSecretRef: { name: 'db' } });
  const crd = readFileSync(`${import.meta.dirname}/../../crds/dbpoolprofiles.yaml`, 'utf8').replaceAll(/\s+/g, ' ');
  const [issue] = error?.issues ?? [];
  expect(issue?.message).toMatch(/^connectString: write host:port\/service, .* without user and password/);
  expect(crd).toContain(issue?.message);
  expect(crd).toContain("!self.connectString.matches(r'^");
});

test('a connect string as long as the schema allows is checked at once', () => {
  const from = performance.now();
  for (const part of ['?', '?a', ';pwd ', '@', 'a/', ' ', 'jdbc:oracle:thin:@?'])
    isAccepted(part.repeat(4096).slice(0, 4096));
  // Milliseconds where the patterns are linear: minutes where they are not.
  expect(performance.now() - from).toBeLessThan(5000);
});

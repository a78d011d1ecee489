import { expect, test } from 'vitest';
import { passwordsIn, withoutCredentials } from '../../src/contract/connect-string.ts';

test.for([
  ['db:1521/FREEPDB1', 'db:1521/FREEPDB1'],
  ['app/s3cr3t@db:1521/FREEPDB1', '***@db:1521/FREEPDB1'],
  ['app/p@ss@db', '***@db'],
  ['jdbc:oracle:thin:app/s3cr3t@//db/x', 'jdbc:oracle:thin:***@//db/x'],
  ['jdbc:oracle:thin:@//db/x', 'jdbc:oracle:thin:@//db/x'],
  ['oracle+oracledb://app:s3cr3t@db/x', 'oracle+oracledb://***@db/x'],
  ['@app/s3cr3t@db', '***@db'],
  ['app[x]/s3(cr3t@db', '***@db'],
  [
    'app/s3cr3t@(DESCRIPTION=(SECURITY=(SSL_SERVER_CERT_DN="EMAIL=a@b")))',
    '***@(DESCRIPTION=(SECURITY=(SSL_SERVER_CERT_DN="EMAIL=a@b")))',
  ],
  ['db:1521/orders?wallet_location=/opt/w@llet', 'db:1521/orders?wallet_location=/opt/w@llet'],
  ['app/p?name=s3cr3t@db', '***@db'],
  ['jdbc:oracle:thin:app/p?name=s3cr3t@db', 'jdbc:oracle:thin:***@db'],
  ['app/p@(s3cr3t@db', '***@db'],
  ['db/x?bypass=1', 'db/x?bypass=1'],
  ['Uid=app,Pwd={s3;cr3t}', 'Uid=app,Pwd=***'],
  ['x;ProxyPassword=s3cr3t', 'x;ProxyPassword=***'],
  ['(DESCRIPTION=(PASSWORD="a""s3cr3t"))', '(DESCRIPTION=(PASSWORD=***))'],
  ['user=app pwd=s3cr3t host=db:1521/x', 'user=app pwd=***'],
  ['Driver=x;Uid=app;Pwd=s3cr3t;', 'Driver=x;Uid=app;Pwd=***;'],
  ['db:1521/X?pwd=s3cr3t', 'db:1521/X?pwd=***'],
  ['(DESCRIPTION=(WALLET_PASSWORD=s3&cr3t))', '(DESCRIPTION=(WALLET_PASSWORD=***))'],
  ["(DESCRIPTION=(PASSWORD='s3)cr3t'))", '(DESCRIPTION=(PASSWORD=***))'],
  ['x;Password = "s3;cr3t";y', 'x;Password = ***;y'],
  ['db/x?wallet_password=s3cr3t&sdu=1', 'db/x?wallet_password=***&sdu=1'],
  [
    '(DESCRIPTION=(SECURITY=(SSL_SERVER_CERT_DN="EMAIL=a@b")(WALLET_PASSWORD = "my s3cr3t")))',
    '(DESCRIPTION=(SECURITY=(SSL_SERVER_CERT_DN="EMAIL=a@b")(WALLET_PASSWORD = ***)))',
  ],
] as const)('%s is shown as %s', ([connectString, shown]) => {
  expect(withoutCredentials(connectString)).toBe(shown);
});

test.for([
  ['(DESCRIPTION=(WALLET_PASSWORD=s3&cr3t))', ['s3&cr3t']],
  ["(PASSWORD='s3)cr3t')", ['s3)cr3t']],
  ['x;Password = "s3;cr3t";PWD=other', ['s3;cr3t', 'other']],
  ['x?pwd=s3 cr3t&y', ['s3 cr3t', 's3']],
  ['Pwd={s3;cr3t};', ['s3;cr3t']],
  ['db/x?bypass=1', []],
  ['db:1521/orders', []],
] as const)('passwords in %s', ([connectString, passwords]) => {
  expect(passwordsIn(connectString)).toEqual(passwords);
});

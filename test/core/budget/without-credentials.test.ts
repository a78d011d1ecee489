import { expect, test } from 'vitest';
import { groupsOf } from '../../../src/core/budget/group.ts';
import { withoutCredentials } from '../../../src/core/budget/without-credentials.ts';
import { backend } from './builders.ts';

test.for([
  ['db:1521/FREEPDB1', 'db:1521/FREEPDB1'],
  ['app/s3cr3t@db:1521/FREEPDB1', '***@db:1521/FREEPDB1'],
  ['app/p@ss@db', '***@db'],
  ['jdbc:oracle:thin:app/s3cr3t@//db/x', 'jdbc:oracle:thin:***@//db/x'],
  ['jdbc:oracle:thin:@//db/x', 'jdbc:oracle:thin:@//db/x'],
  ['oracle+oracledb://app:s3cr3t@db/x', 'oracle+oracledb://***@db/x'],
  ['db/x?wallet_password=s3cr3t&sdu=1', 'db/x?wallet_password=***&sdu=1'],
  [
    '(DESCRIPTION=(SECURITY=(SSL_SERVER_CERT_DN="EMAIL=a@b")(WALLET_PASSWORD = "my s3cr3t")))',
    '(DESCRIPTION=(SECURITY=(SSL_SERVER_CERT_DN="EMAIL=a@b")(WALLET_PASSWORD = "***")))',
  ],
] as const)('%s is shown as %s', ([connectString, shown]) => {
  expect(withoutCredentials(connectString)).toBe(shown);
});

test('the name of a group has no credentials', () => {
  const one = backend({ name: 'a', database: { group: undefined, connectString: 'app/s3cr3t@orders' } });
  expect(groupsOf([one], []).map(({ name }) => name)).toEqual(['***@orders']);
});

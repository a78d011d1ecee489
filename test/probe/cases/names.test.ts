import { describe, expect, test } from 'vitest';
import { statementsFor } from './account.ts';
import { isDroppedBy, newRun } from './names.ts';
import { withService } from './service.ts';

const NOON = Date.parse('2026-11-30T12:00:00Z');
const RUN = 'DBPOOL_20261130_5F0A93C1';

describe('a run', () => {
  test('a run has a name of its own, which fits the 30 bytes of an old database', () => {
    expect(newRun(NOON)).toMatch(/^DBPOOL_20261130_[0-9A-F]{8}$/);
    expect(newRun(NOON)).not.toBe(newRun(NOON));
    expect(`${newRun(NOON)}_9999`.length).toBeLessThanOrEqual(30);
  });

  test.for<[boolean, string]>([
    [true, `${RUN}_1`],
    [true, `${RUN.toLowerCase()}_12`],
    [false, RUN],
    [false, `${RUN}_1x`],
    [false, `${RUN}_`],
    [false, 'DBPOOL_20261130_00000000_1'],
    [false, 'DBPOOL_20261129_00000000_1'],
    [true, 'DBPOOL_20261128_00000000_1'],
    [false, 'DBPOOL_20270101_00000000_1'],
    [false, 'DBPOOL_20261128_0000000_1'],
    [false, 'DBPOOL'],
    [false, 'SYSTEM'],
  ])('a run drops what is its own, and what was left on an earlier day: %s for %s', ([isDropped, name]) => {
    expect(isDroppedBy(RUN, name, NOON)).toBe(isDropped);
  });
});

test.for<[string, string | undefined]>([
  ['db:1521/ORDERS', 'db:1521/X'],
  ['db/ORDERS', 'db/X'],
  ['//db:1521/ORDERS:dedicated/orders1', '//db:1521/X:dedicated/orders1'],
  ['tcps://[::1]:1522/orders.example.com?retry_count=3', 'tcps://[::1]:1522/X?retry_count=3'],
  [
    '(DESCRIPTION=(ADDRESS=(PROTOCOL=tcp)(HOST=db)(PORT=1521))(CONNECT_DATA=(SERVICE_NAME = ORDERS)))',
    '(DESCRIPTION=(ADDRESS=(PROTOCOL=tcp)(HOST=db)(PORT=1521))(CONNECT_DATA=(SERVICE_NAME =X)))',
  ],
  ['orders_high', undefined],
  ['(DESCRIPTION=(CONNECT_DATA=(SID=ORDERS)))', undefined],
])('another service of the listener in %s is %s', ([connectString, changed]) => {
  expect(withService(connectString, 'X')).toBe(changed);
});

test('an account is made with a profile of its own, which alone has its limits', () => {
  const state = { sessionsPerUser: 3, passwordDays: 9.5, readsCatalog: true, isLocked: true } as const;
  expect(statementsFor('A', 'p', state)).toEqual([
    'CREATE PROFILE "A" LIMIT SESSIONS_PER_USER 3 IDLE_TIME UNLIMITED CONNECT_TIME UNLIMITED' +
      ' FAILED_LOGIN_ATTEMPTS UNLIMITED PASSWORD_LIFE_TIME 9.5 PASSWORD_GRACE_TIME 5 PASSWORD_LOCK_TIME 1' +
      ' PASSWORD_VERIFY_FUNCTION NULL',
    'CREATE USER "A" IDENTIFIED BY "p" PROFILE "A"',
    'GRANT CREATE SESSION TO "A"',
    'GRANT SELECT_CATALOG_ROLE TO "A"',
    'ALTER USER "A" ACCOUNT LOCK',
  ]);
});

import { expect, test } from 'vitest';
import { openPool } from '../../examples/backend/pool.ts';
import { startStandIn } from '../oracle/stand-in.ts';

const size = { min: 2, max: 7, timeoutSeconds: 30, recycleSeconds: 3600 };

test('the four variables become the settings of the driver, in its units', async () => {
  await using database = await startStandIn({ users: { APP: { password: 'right' } } });
  const pool = await openPool(size, { user: 'APP', password: 'right', connectString: database.connectString() });
  expect(pool).toMatchObject({
    poolMin: 2,
    poolMax: 7,
    poolIncrement: 1,
    queueTimeout: 30_000,
    maxLifetimeSession: 3600,
  });
  expect(pool.connectionsOpen).toBeGreaterThan(0);
  await pool.close(0);
});

test('a rejected logon is not repeated, not even in the background', async () => {
  await using database = await startStandIn({ users: { APP: { password: 'right' } } });
  const connectString = database.connectString();
  await expect(openPool(size, { user: 'APP', password: 'wrong', connectString })).rejects.toThrow('ORA-01017');
  // Time enough for a driver that goes on trying.
  const pool = await openPool(size, { user: 'APP', password: 'right', connectString });
  await pool.close(0);
  expect(database.statistics.failedLogons).toBe(1);
});

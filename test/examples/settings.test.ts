import { describe, expect, test } from 'vitest';
import { readSettings } from '../../examples/backend/settings.ts';

const complete = { DB_USER: 'APP', DB_PASSWORD: 'made-up', DB_CONNECT_STRING: 'oracle:1521/FREEPDB1' };

describe('the settings of the example backend', () => {
  test('the settings of the example backend are those of a DbPoolProfile by default', () => {
    expect(readSettings(complete).size).toEqual({ min: 5, max: 40, timeoutSeconds: 30, recycleSeconds: 3600 });
  });

  test('the settings of the example backend are the four variables, in seconds; min may equal max', () => {
    const variables = { DB_POOL_MIN: '20', DB_POOL_MAX: '20', DB_POOL_TIMEOUT: '10', DB_POOL_RECYCLE: '0' };
    expect(readSettings({ ...complete, ...variables }).size).toEqual({
      min: 20,
      max: 20,
      timeoutSeconds: 10,
      recycleSeconds: 0,
    });
  });

  test.for<[string, NodeJS.ProcessEnv, string]>([
    ['min above max', { DB_POOL_MIN: '50' }, 'DB_POOL_MIN is 50, which is more than DB_POOL_MAX, 40'],
    ['no number', { DB_POOL_MAX: 'many' }, 'DB_POOL_MAX is "many", which is not a whole number from 1 to 2000'],
    ['a pool of none', { DB_POOL_MAX: '0' }, 'DB_POOL_MAX is "0", which is not a whole number from 1 to 2000'],
    [
      'milliseconds',
      { DB_POOL_TIMEOUT: '30000' },
      'DB_POOL_TIMEOUT is "30000", which is not a whole number from 1 to 600',
    ],
    ['a unit', { DB_POOL_RECYCLE: '1h' }, 'DB_POOL_RECYCLE is "1h", which is not a whole number from 0 to 86400'],
    ['an empty number', { DB_POOL_MIN: '' }, 'DB_POOL_MIN is "", which is not a whole number from 0 to 1000'],
    ['an empty password', { DB_PASSWORD: '' }, 'DB_PASSWORD is empty'],
    ['a variable that is missing', { DB_CONNECT_STRING: undefined }, 'DB_CONNECT_STRING is not set'],
    [
      'two at once',
      { DB_USER: '', DB_POOL_MAX: '-1' },
      'DB_POOL_MAX is "-1", which is not a whole number from 1 to 2000; DB_USER is empty',
    ],
  ])('a variable of the example backend is rejected by name: %s', ([, variables, problem]) => {
    expect(() => readSettings({ ...complete, ...variables })).toThrow(`the environment is not usable: ${problem}`);
  });
});

import { expect, test } from 'vitest';
import { isConfigOf } from '../../bench/shop.ts';

const configMap = (name: string, data?: object) => ({ metadata: { name, uid: 'u', resourceVersion: '1' }, data });

test.for([
  ['p1-0a1b', { DB_POOL_MAX: '21' }, true],
  ['p1-0a1b', { DB_POOL_MAX: '20' }, false],
  ['p10-0a1b', { DB_POOL_MAX: '21' }, false],
  ['p1-0a1b', undefined, false],
] as const)('a ConfigMap %s with %j is that of p1 with a max of 21: %s', ([name, data, is]) => {
  expect(isConfigOf(configMap(name, data), 'p1', 21)).toBe(is);
});

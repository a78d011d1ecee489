import { expect, test } from 'vitest';
import { isWithoutCredentials, shownConnectString } from '../../src/contract/connect-string.ts';
import { LONG, WITH_CREDENTIALS, WITHOUT_CREDENTIALS } from './connect-strings.ts';

test.for(WITH_CREDENTIALS)('%j may hold credentials, and nothing of it is shown', (connectString) => {
  expect(isWithoutCredentials(connectString)).toBe(false);
  expect(shownConnectString(connectString)).toBeUndefined();
});

test.for(WITHOUT_CREDENTIALS)('%j is shown as %j', ([connectString, shown]) => {
  expect(isWithoutCredentials(connectString)).toBe(true);
  expect(shownConnectString(connectString)).toBe(shown);
});

test('a connect string that is longer than a driver takes has no known form', () => {
  expect(isWithoutCredentials('x'.repeat(4096))).toBe(true);
  expect(isWithoutCredentials('x'.repeat(4097))).toBe(false);
});

test('a text in which a pattern may lose its way is read at once', () => {
  const from = performance.now();
  for (const text of LONG) shownConnectString(text);
  // Some milliseconds where the patterns are linear: minutes where they are not.
  expect(performance.now() - from).toBeLessThan(5000);
});

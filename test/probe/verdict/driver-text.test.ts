import { describe, expect, test } from 'vitest';
import { normalize, truncateToBytes } from '../../../src/probe/verdict/driver-text.ts';

describe('a text of the driver', () => {
  test('becomes one line that is equal at the next attempt', () => {
    const text =
      'NJS-503: connection to host db port 1521 could not be established. (CONNECTION_ID=q+a/Z==)\nconnect ECONNREFUSED\n' +
      'Help: https://docs.oracle.com/error-help/db/njs-503/';
    expect(normalize(text)).toBe(
      'NJS-503: connection to host db port 1521 could not be established. connect ECONNREFUSED',
    );
  });

  test.for([
    ['abcdef', 3, 'abc'],
    ['aä', 2, 'a'],
    ['a€b', 3, 'a'],
    ['a€b', 4, 'a€'],
    ['a😀', 4, 'a'],
    ['ab', 2, 'ab'],
  ] as const)('%s cut to %i bytes is %s', ([text, max, cut]) => {
    expect(truncateToBytes(text, max)).toBe(cut);
  });
});

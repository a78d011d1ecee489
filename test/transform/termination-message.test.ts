import { expect, test } from 'vitest';
import { terminationMessage } from '../../src/transform/termination-message.ts';

test.for<[string, string | undefined, string | undefined]>([
  ['nothing', undefined, undefined],
  ['blank lines', ' \n\n', undefined],
  ['a text', 'ORA-01017: invalid credential\n', 'ORA-01017: invalid credential'],
  ['several lines', 'Traceback\n\tpool.py\nKeyError', 'Traceback\n\tpool.py\nKeyError'],
  ['colours', '\u001B[1;31mFATAL\u001B[0m no pool', 'FATAL no pool'],
  ['a cleared screen', '\u001B[2J\u001B[Hgone\u0007\r\n', 'gone'],
  ['text from right to left', 'exe.\u202Etxt\u202C', 'exe.txt'],
  ['a NUL', 'a\u0000b', 'ab'],
])('a termination message of %s is kept as a terminal may show it', ([, text, kept]) => {
  expect(terminationMessage(text)).toBe(kept);
});

test('a long termination message keeps its end, in whole characters', () => {
  const kept = terminationMessage(`${'x'.repeat(3000)}\u{1F600}${'y'.repeat(2047)}`) ?? '';
  expect(kept).toBe(`\uFFFD${'y'.repeat(2047)}`);
});

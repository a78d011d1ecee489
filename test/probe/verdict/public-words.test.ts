import { expect, test } from 'vitest';
import { isPublicWord } from '../../../src/probe/verdict/public-words.ts';
import { PUBLIC_CODES } from './public-codes.ts';

/** Names and abbreviations in the messages, and a message of a database that speaks German. */
const NO_WORDS = `app audit_db audsys cf db kein link orders platz s-error semget skgmhash sskgpsemsper von vorherige zeile zeilen`;

test('every word of a public message is public', () => {
  const words = PUBLIC_CODES.flatMap(([, said]) => said.toLowerCase().match(/[\p{L}\p{N}_.$#-]+/gu) ?? [])
    .map((word) => word.replace(/\.$/, ''))
    .filter((word) => /^[a-z_-]{2,}$/.test(word) && !isPublicWord(word));
  expect([...new Set(words)].toSorted().join(' ')).toBe(NO_WORDS);
});

test.for(['ora-01017', 'njs-500', 'tns-12541', 'session', 'end-of-file'])('%s is public', (word) => {
  expect(isPublicWord(word)).toBe(true);
});

test.for(['orders', 'db1', 'prod', 'free', 'ora-1017x', 's3cret', 'ora', ''])('%j may be a name', (word) => {
  expect(isPublicWord(word)).toBe(word === 'ora');
});

import { globSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const root = `${import.meta.dirname}/../..`;
const read = (path: string) => readFileSync(`${root}/${path}`, 'utf8');
const sources = (pattern: string) =>
  globSync(pattern, { cwd: root })
    .map((path) => read(path))
    .join('\n');

/** The words in the first cell of each row, from the header of that table on. */
const reasonsIn = (page: string) =>
  page
    .slice(page.indexOf('| reason |'))
    .split('\n')
    .flatMap((line) => [...(line.split('|')[1] ?? '').matchAll(/`([A-Z]\w+)`/g)].map(([, word = '']) => word));

/** Where a reason is given: as a member, or to a function that makes a finding or a step of it. */
const GIVEN = [
  /\breason: '([A-Z]\w+)'/g,
  /\b(?:notRolled|rolledOut|refused|pending|probed|finding|step)\(\s*(?:'(?:True|False|Unknown)',\s*)?'(?!True'|False'|Unknown')([A-Z]\w+)'/g,
  /\bROLLBACK_REQUESTED = '(\w+)'/g,
];

/** Nothing is held up by it, so it is never shown. */
const UNSEEN = new Set(['Available']);

const told = reasonsIn(read('docs/spec.md'));

test('docs/spec.md tells every reason that a decision gives, or leaves it to docs/verdicts.md', () => {
  const core = sources('src/core/**/*.ts');
  const given = new Set(GIVEN.flatMap((pattern) => [...core.matchAll(pattern)].map(([, word = '']) => word)));
  expect(given.size).toBeGreaterThan(40);
  const verdicts = read('docs/verdicts.md');
  const missing = [...given].filter((word) => !UNSEEN.has(word) && !told.includes(word));
  expect(missing.filter((word) => !verdicts.includes(`\`${word}\``))).toEqual([]);
});

test('docs/spec.md tells no reason that nobody gives, and none twice', () => {
  const all = sources('src/**/*.ts');
  expect(told.filter((word) => !all.includes(`'${word}'`))).toEqual([]);
  expect(told.filter((word, index) => told.indexOf(word) !== index)).toEqual([]);
});

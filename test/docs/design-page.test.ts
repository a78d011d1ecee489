import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { GUARDS, STEPS } from '../../src/core/decide.ts';
import { GATES } from '../../src/core/rollout/rollout-may-start.ts';

const CHECKOUT = join(import.meta.dirname, '..', '..');
const page = readFileSync(join(CHECKOUT, 'docs/explanation/design.md'), 'utf8');

/** The picture below a heading: what stands between the first two fences. */
const pictureBelow = (heading: string) => page.split(`\n## ${heading}\n`)[1]?.split('```')[1] ?? '';

test('docs/explanation/design.md shows the guards and steps of decide.ts, in their order, and no other', () => {
  const shown = [...pictureBelow('The chain').matchAll(/\b[a-z]+(?:[A-Z][a-z]+)+\b/g)].map(([name]) => name);
  expect(shown).toEqual([...GUARDS, ...STEPS].map(({ name }) => name));
});

test('docs/explanation/design.md shows the gates of rolloutMayStart, in their order, and no other', () => {
  const picture = page.split('`rolloutMayStart` asks its gates')[1]?.split('```')[1] ?? '';
  expect(picture.trim().split(' ─► ')).toEqual(GATES.map(({ name }) => name));
});

test('docs/explanation/design.md has a row for each folder of src', () => {
  const foldersIn = (path: string) =>
    readdirSync(join(CHECKOUT, path), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => `${path}/${name}`);
  const folders = [
    ...foldersIn('src').filter((path) => path !== 'src/core'),
    'src/core/*.ts',
    ...foldersIn('src/core'),
  ];
  const listed = [...page.matchAll(/^\| `(src\/\S+)` \|/gm)].map(([, folder]) => folder);
  expect(new Set(listed)).toEqual(new Set(folders));
});

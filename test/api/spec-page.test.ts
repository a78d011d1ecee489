import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ADVICE_REASONS, EVENT_REASONS, REASONS } from '../../src/api/conditions.ts';
import { statusSchema } from '../../src/api/v1alpha1.ts';

const page = readFileSync(`${import.meta.dirname}/../../docs/reference/spec.md`, 'utf8');

/** The reasons in the first cell of each row, from the header of that table on. */
const explained = page
  .slice(page.indexOf('| reason | kstatus |'))
  .split('\n')
  .flatMap((line) => [...(line.split('|')[1] ?? '').matchAll(/`([A-Z]\w+)`/g)].map(([, reason = '']) => reason));

/** The probe's own verdicts have a page of their own. */
const OF_THE_PROBE = ['PoolOpened'];

const given = [...new Set([...Object.values(REASONS).flat(), ...ADVICE_REASONS, ...EVENT_REASONS])]
  .filter((reason) => !OF_THE_PROBE.includes(reason))
  .toSorted();

test('docs/reference/spec.md explains each reason that a condition or an event may have, once, and no other', () => {
  expect(explained.toSorted()).toEqual(given);
});

test('docs/reference/spec.md has a row for each field of the status', () => {
  const table = page.slice(page.indexOf('## Status'), page.indexOf('## Columns'));
  const rows = [...table.matchAll(/^\| `(\w+)` \|/gm)].map(([, field = '']) => field);
  expect([...new Set(rows)].toSorted()).toEqual(Object.keys(statusSchema.shape).toSorted());
});

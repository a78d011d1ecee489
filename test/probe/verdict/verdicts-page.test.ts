import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { FailureClass } from '../../../src/probe/verdict/failure-class.ts';
import { FAILURES } from '../../../src/probe/verdict/failure-table.ts';
import { EXIT_CODES } from '../../../src/contract/verdict.ts';

const page = readFileSync(`${import.meta.dirname}/../../../docs/reference/verdicts.md`, 'utf8');
const rows = page
  .split('\n')
  .filter((line) => line.startsWith('| '))
  .map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll('`', '')),
  );

test('docs/reference/verdicts.md lists the rows of the failure table, in its order, and no other', () => {
  const listed = rows.filter((row) => row.length === 6 && /^[A-Z]/.test(row[1] ?? ''));
  const known = Object.entries(FAILURES).map(
    ([reason, { summary, outcome, stage, patterns, remediation }]: [string, FailureClass]) => {
      const codes = new Set(patterns.map((one) => (typeof one === 'string' ? one : one.code)));
      return [summary, reason, outcome, stage ?? '', [...codes].join(', '), remediation];
    },
  );
  expect(listed).toEqual(known);
});

test('docs/reference/verdicts.md lists every outcome with its exit code', () => {
  const listed = rows
    .filter((row) => row.length === 4 && /^\d+$/.test(row[1] ?? ''))
    .map(([name, code]) => [name, Number(code)]);
  expect(Object.fromEntries(listed)).toEqual(EXIT_CODES);
});

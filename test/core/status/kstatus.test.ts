import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { ProfileStatus } from '../../../src/api/v1alpha1.ts';
import { STATES } from './states.ts';
import type { KStatus } from './states/state.ts';

/** What kstatus makes of conditions. test/kstatus holds the library itself against the same states. */
function kstatusOf({ metadata, status }: { metadata?: object; status: ProfileStatus }): KStatus {
  const is = (type: string) => status.conditions?.find((one) => one.type === type)?.status === 'True';
  if (metadata !== undefined && 'deletionTimestamp' in metadata) return 'Terminating';
  if (is('Reconciling')) return 'InProgress';
  if (is('Stalled')) return 'Failed';
  return is('Ready') ? 'Current' : 'InProgress';
}

describe('a profile in each state', () => {
  test.for(STATES)('$what: $reason, $kstatus', ({ object, reason, kstatus }) => {
    const { conditions = [] } = object.status;
    expect(conditions.find(({ type }) => type === 'Ready')?.reason).toBe(reason);
    expect(kstatusOf(object)).toBe(kstatus);
  });
});

describe('docs/reference/spec.md', () => {
  const page = readFileSync(`${import.meta.dirname}/../../../docs/reference/spec.md`, 'utf8');
  const rows = page
    .slice(page.indexOf('| reason | kstatus |'))
    .split('\n')
    .slice(2)
    .map((line) => line.split('|').map((cell) => cell.trim()))
    .filter((cells) => cells.length > 3);
  const column = new Map(
    rows.flatMap(([, reasons = '', kstatus = '']) =>
      [...reasons.matchAll(/`([A-Z]\w+)`/g)].map(([, reason = '']) => [reason, kstatus] as const),
    ),
  );
  const ORDER: readonly KStatus[] = ['Current', 'InProgress', 'Failed', 'Terminating'];
  const cellFor = (isOne: (reason: string) => boolean) =>
    ORDER.filter((kstatus) => STATES.some((one) => isOne(one.reason) && one.kstatus === kstatus)).join(', ');

  test.for([...column])('says what kstatus makes of %s', ([reason, kstatus]) => {
    expect(kstatus).toBe(cellFor((one) => one === reason));
  });

  test('says what kstatus makes of reasons that other programs give', () => {
    const cell = rows.find(([, reasons]) => reasons === 'any other')?.[2];
    expect(cell).toBe(cellFor((one) => !column.has(one)));
  });
});

import { describe, expect, test } from 'vitest';
import { ANY_OTHER, COLUMN, kstatusOf } from './kstatus.ts';
import { STATES } from './states.ts';
import type { KStatus } from './states/state.ts';

describe('a profile in each state', () => {
  test.for(STATES)('$what: $reason, $kstatus', ({ object, reason, kstatus }) => {
    const { conditions = [] } = object.status;
    expect(conditions.find(({ type }) => type === 'Ready')?.reason).toBe(reason);
    expect(kstatusOf(object)).toBe(kstatus);
  });
});

describe('docs/reference/spec.md', () => {
  const ORDER: readonly KStatus[] = ['Current', 'InProgress', 'Failed', 'Terminating'];
  const cellFor = (isOne: (reason: string) => boolean) =>
    ORDER.filter((kstatus) => STATES.some((one) => isOne(one.reason) && one.kstatus === kstatus)).join(', ');

  test.for([...COLUMN])('says what kstatus makes of %s', ([reason, kstatus]) => {
    expect(kstatus).toBe(cellFor((one) => one === reason));
  });

  test('says what kstatus makes of reasons that other programs give', () => {
    expect(ANY_OTHER).toBe(cellFor((one) => !COLUMN.has(one)));
  });
});

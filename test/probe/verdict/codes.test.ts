import { describe, expect, test } from 'vitest';
import { classify } from '../../../src/probe/verdict/classify.ts';
import { FAILURES } from '../../../src/probe/verdict/failure-table.ts';
import { PUBLIC_CODES } from './public-codes.ts';

describe('a code of a public thread', () => {
  test.for(PUBLIC_CODES)('at %s: %s is %s', ([stage, said, reason, outcome, advice, code]) => {
    const failure = classify(said, stage);
    expect(failure).toMatchObject({ reason, code: code ?? said.slice(0, said.indexOf(':')) });
    expect(FAILURES[failure.reason].outcome).toBe(outcome);
    expect(failure.remediation).toMatch(advice);
  });

  test('no remediation leaves the reader alone with a code', () => {
    for (const [stage, said] of PUBLIC_CODES) expect(classify(said, stage).remediation).not.toMatch(/look up/i);
  });
});

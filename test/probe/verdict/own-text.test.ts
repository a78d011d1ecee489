/** A password that is a word of the probe's own sentences: a gap in them would tell it. */
import { describe, expect, test } from 'vitest';
import { readParameters } from '../../../src/probe/input/parameters.ts';
import { FAILURES, type Reason } from '../../../src/probe/verdict/failure-table.ts';
import { own, ownWords } from '../../../src/probe/verdict/own-text.ts';
import { ProbeError } from '../../../src/probe/verdict/probe-error.ts';
import { Progress } from '../../../src/probe/verdict/progress.ts';
import { redactorFor } from '../../../src/probe/verdict/redact.ts';
import { failureVerdict } from '../../../src/probe/verdict/verdict.ts';

const progress = () => {
  const made = new Progress();
  made.reach('logon');
  return made;
};

describe("the probe's own words", () => {
  test.for(['host', 'port', 'connection', 'database', 'user', 'password', 'the', 'a', '5'])(
    'have no gap where the password is %s',
    (password) => {
      const redact = redactorFor({ DB_PASSWORD: password });
      for (const reason of Object.keys(FAILURES) as Reason[]) {
        const { message } = failureVerdict(new ProbeError(reason, own`not done within ${5} s`), progress(), redact);
        expect(message).toContain(FAILURES[reason].summary);
        expect(message).not.toContain('*');
      }
    },
  );

  test('are told from the foreign text in them', () => {
    const redact = redactorFor({ DB_PASSWORD: 's3cret' });
    const inner = own`which ${'s3cret'} ended ${ownWords('s3cret')}`;
    const warned = progress();
    warned.warnings.push(own`s3cret: ${inner}`, 'of s3cret');
    const verdict = failureVerdict(new ProbeError('TimedOut', own`s3cret of ${'host s3cret'}, ${3}`), warned, redact);
    expect(verdict.message).toBe('The probe ran out of time while logging on: s3cret of host ***, 3');
    expect(verdict.warnings).toEqual(['s3cret: which *** ended s3cret', 'of ***']);
  });

  test('say which variable is wrong, and not a password that stands in it', () => {
    const read = readParameters({ DB_POOL_MIN: 's3cret', DB_PASSWORD: 's3cret' });
    const problem = read.kind === 'invalid' ? read.problem : own``;
    const { message } = failureVerdict(
      new ProbeError('ParametersInvalid', problem),
      progress(),
      redactorFor({ DB_PASSWORD: 's3cret' }),
    );
    expect(message).toContain('DB_POOL_MIN: expected an integer from 0 to 1000, got "***"; DB_POOL_MAX: expected');
  });
});

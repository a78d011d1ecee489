import { describe, expect, test } from 'vitest';
import { ProbeError } from '../../../src/probe/verdict/probe-error.ts';
import { Progress } from '../../../src/probe/verdict/progress.ts';
import { encodeVerdict } from '../../../src/probe/verdict/termination-message.ts';
import { failureVerdict } from '../../../src/probe/verdict/verdict.ts';
import { MAX_MACHINES } from '../../../src/contract/machine.ts';
import { VERDICT_MAX_BYTES, verdictSchema } from '../../../src/contract/verdict.ts';

const MACHINES = Object.fromEntries(
  Array.from({ length: MAX_MACHINES }, (_, index) => [`ffffffffff${10 + index}`, 10_000_000]),
);

/** All that a probe may find out, with no view that it may read, and this text wherever there is one. */
function fullProgress(text: string): Progress {
  const progress = new Progress();
  progress.reach('pool');
  progress.requested = 3;
  progress.user = text;
  const names = { name: text, uniqueName: text, pdbName: text, service: text, instance: text, user: text };
  progress.database = { version: text, ...names };
  const usage = { inUse: 10_000_000, limit: ' UNLIMITED' };
  const unreadableViews = ['USER_USERS', 'USER_RESOURCE_LIMITS', 'V$RESOURCE_LIMIT', 'V$PARAMETER', 'V$SESSION'];
  progress.limits = {
    sessions: usage,
    processes: usage,
    sessionsPerUser: 'UNLIMITED',
    idleTime: 'DEFAULT',
    unreadableViews,
  };
  progress.sessionCount = { machines: MACHINES, otherSessions: 10_000_000, isPooled: false, isOneInstance: false };
  progress.warnings.push(...Array.from({ length: 7 }, () => text));
  return progress;
}

describe('a verdict', () => {
  test.for([
    ['long', 'x'.repeat(9000)],
    ['of many bytes', '😀'.repeat(900)],
    ['that JSON makes longer', '"\\'.repeat(900)],
    ['of controls', '\u0000\u001b\n'.repeat(900)],
    ['of broken characters', '\ud800'.repeat(900)],
  ] as const)('fits the termination message and the schema with texts that are %s', ([, text]) => {
    const progress = fullProgress(text);
    const encoded = encodeVerdict(failureVerdict(new Error(text), progress, (kept) => kept));
    expect(Buffer.byteLength(encoded)).toBeLessThanOrEqual(VERDICT_MAX_BYTES);
    expect(verdictSchema.parse(JSON.parse(encoded))).toMatchObject({ reason: 'ProbeFailed', stage: 'pool' });
  });

  test('that is too long loses its warnings before its facts', () => {
    const text = '"'.repeat(900);
    const verdict = JSON.parse(encodeVerdict(failureVerdict(new Error(text), fullProgress(text), (kept) => kept)));
    expect(verdict).toMatchObject({ sessionCount: { machines: MACHINES }, limits: { idleTime: 'DEFAULT' } });
    expect(verdict).not.toHaveProperty('warnings');
  });

  test('says how many connections of the pool were open', () => {
    const progress = new Progress();
    progress.reach('pool');
    progress.requested = 5;
    progress.opened = 2;
    const error = new Error('ORA-00018: maximum number of sessions exceeded');
    expect(failureVerdict(Object.assign(error, { code: 'ORA-00018' }), progress, (text) => text)).toMatchObject({
      outcome: 'InsufficientCapacity',
      reason: 'SessionLimitReached',
      stage: 'pool',
      code: 'ORA-00018',
      pool: { requested: 5, opened: 2 },
      message:
        'The instance has no session left, with 2 of 5 pool connections open: ORA-00018: maximum number of sessions exceeded',
    });
  });

  test("of the probe's own error has its reason, and the stage that the probe had reached", () => {
    const progress = new Progress();
    progress.reach(() => 'listener');
    expect(failureVerdict(new ProbeError('TimedOut', 'not done within 5 s'), progress, (text) => text)).toMatchObject({
      outcome: 'TransientFailure',
      reason: 'TimedOut',
      stage: 'listener',
      message: "The probe ran out of time while waiting for the listener's answer: not done within 5 s",
    });
  });

  test.for([
    ['ORA-28000: The account is locked.', 'The account is locked (user APP): ORA-28000: The account is locked.'],
    [
      'ORA-01017: invalid username/password; logon denied',
      'The database rejected user or password: ORA-01017: invalid username/password; logon denied',
    ],
  ] as const)('of %s names the user only where the database knows it', ([text, message]) => {
    const progress = new Progress();
    progress.reach('logon');
    progress.user = 'APP';
    const error = Object.assign(new Error(text), { code: text.slice(0, 9) });
    expect(failureVerdict(error, progress, (kept) => kept).message).toBe(message);
  });
});

import { describe, expect, test } from 'vitest';
import type { Observed, ObservedProbe } from '../../../src/core/model/observed.ts';
import { requestIsHandled } from '../../../src/core/probe/requests.ts';
import { type Verdict } from '../../../src/contract/verdict.ts';
import {
  NOW,
  observed,
  profile,
  verdict,
  authenticationFailed,
  connectionRefused,
  verdictMissing,
} from '../builders.ts';
import { assessProfile, finishedJob, probedSpec } from './builders.ts';

const ENDED_BADLY = { succeeded: false, at: NOW - 60_000, reason: '', message: '' };

describe('the forced logon of a request', () => {
  const asking = profile({ spec: { kind: 'valid', spec: probedSpec }, probeRequestedAt: 'now' });
  const forced = (said: Verdict, changes: Partial<ObservedProbe> = {}) =>
    finishedJob(said, 60_000, { isForced: true, requestedAt: 'now', ...changes });
  const interrupted = (stage: 'connect' | 'server' | 'logon') =>
    forced(verdict({ outcome: 'Inconclusive', reason: 'Interrupted', stage, fingerprint: 'a1b2' }));
  const takenAway = { ...forced(verdictMissing), pods: [], end: { ...ENDED_BADLY, reason: 'PodFailurePolicy' } };
  const waited = {
    ...forced(verdictMissing),
    pods: forced(verdictMissing).pods.map((pod) => ({
      ...pod,
      terminated: undefined,
      waiting: { reason: 'CreateContainerConfigError', message: 'secret "db" not found' },
      failure: { reason: 'DeadlineExceeded', message: '' },
    })),
  };
  const isForcedNext = (probes: readonly ObservedProbe[], changes: Partial<Observed> = {}) => {
    const create = assessProfile({ profile: asking, probes, ...changes }).step.actions.at(-1);
    return JSON.stringify(create?.object['spec']).includes('dbpool.dev/force-logon":"true');
  };

  test.for<[string, ObservedProbe, boolean]>([
    ['was evicted', takenAway, true],
    ['only waited', waited, true],
    ['was told to stop on its way', interrupted('connect'), true],
    ['was told to stop before it sent the password', interrupted('server'), true],
    ['was told to stop while it logged on', interrupted('logon'), false],
    ['was refused', forced(authenticationFailed), false],
    ['reached no listener', forced({ ...connectionRefused, fingerprint: 'a1b2' }), false],
  ])('a request is open, or handled, after a Job that %s', ([, probe, isOwed]) => {
    expect(isForcedNext([probe])).toBe(isOwed);
    expect(requestIsHandled(observed({ profile: asking, probes: [probe] }))).toBe(!isOwed);
  });

  test('a request is still open for other settings, and where its Job was deleted before it ran', () => {
    expect(isForcedNext([{ ...takenAway, proofKey: 'ffffffffff' }])).toBe(true);
    const runs = forced(verdictMissing, { end: undefined });
    expect(requestIsHandled(observed({ profile: asking, probes: [runs] }))).toBe(false);
    expect(isForcedNext([])).toBe(true);
  });
});

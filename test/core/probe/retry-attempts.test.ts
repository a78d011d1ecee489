import { describe, expect, test } from 'vitest';
import { poolConfig } from '../../../src/core/config/pool-config.ts';
import type { Observed, ObservedProbe } from '../../../src/core/model/observed.ts';
import { assess } from './assess.ts';
import { requestIsHandled } from '../../../src/core/probe/requests.ts';
import { probeHashOf } from '../../../src/core/probe/pod.ts';
import { EXIT_CODES, type Verdict } from '../../../src/contract/verdict.ts';
import {
  ended,
  NOW,
  observed,
  profile,
  rendered,
  SETTINGS,
  spec,
  verdict,
  refused,
  silent,
  unclear,
} from '../builders.ts';

const HOUR = 3_600_000;

const wanted = spec();
const config = poolConfig('search', wanted.pool);
const probeHash = probeHashOf(wanted, config, SETTINGS);

/** A Job of the wanted configuration that ended so long ago. */
const job = (said: Verdict, agoMs: number, changes: Partial<ObservedProbe> = {}): ObservedProbe =>
  ended(said, EXIT_CODES[said.outcome], {
    probeHash,
    end: { succeeded: said.outcome === 'Succeeded', at: NOW - agoMs, reason: '', message: '' },
    createdAt: NOW - agoMs - 3000,
    ...changes,
  });

const ENDED_BADLY = { succeeded: false, at: NOW - 60_000, reason: '', message: '' };

const look = (changes: Partial<Observed>) =>
  assess(
    observed({
      profile: profile({ spec: { kind: 'valid', spec: wanted } }),
      configMaps: [rendered(config)],
      ...changes,
    }),
    wanted,
    config,
  );

describe('an end without a word', () => {
  const wordless = (unread: number, changes: Partial<ObservedProbe> = {}) => {
    const probe = job(unclear, HOUR, { attemptsWithoutVerdict: unread, ...changes });
    const terminated = { exitCode: 1, message: '', at: NOW - HOUR };
    return { ...probe, pods: probe.pods.map((pod) => ({ ...pod, terminated })) };
  };
  const unreadOf = (changes: Partial<Observed>) =>
    (look(changes).step.actions.at(-1)?.object.metadata['annotations'] as Record<string, string> | undefined)?.[
      'dbpool.dev/attempts-without-verdict'
    ];

  test('is followed by two attempts, and by no other until a person asks', () => {
    expect(unreadOf({ probes: [wordless(0)] })).toBe('1');
    expect(unreadOf({ probes: [wordless(1)] })).toBe('2');
    const { step, status } = look({ probes: [wordless(2)] });
    expect(step).toMatchObject({ condition: { reason: 'VerdictMissing' }, progress: 'Stalled', actions: [] });
    expect(step.condition?.message).toContain('dbpool.dev/probe-requested-at');
    expect(status).not.toHaveProperty('nextAttemptAt');
    const asking = profile({ spec: { kind: 'valid', spec: wanted }, probeRequestedAt: 'now' });
    expect(unreadOf({ profile: asking, probes: [wordless(2)] })).toBe('3');
  });

  test('is one of a row that only a word ends, and other numbers do not have', () => {
    const heard = job({ ...silent, fingerprint: 'a1b2' }, HOUR, { attemptsWithoutVerdict: 2 });
    expect(unreadOf({ probes: [heard] })).toBeUndefined();
    const gone = { ...job(silent, HOUR, { attemptsWithoutVerdict: 2 }), pods: [] };
    expect(unreadOf({ probes: [gone] })).toBe('2');
    expect(unreadOf({ probes: [wordless(2, { probeHash: 'ffffffffff' })] })).toBeUndefined();
  });
});

describe('the real try that a person asks for', () => {
  const asking = profile({ spec: { kind: 'valid', spec: wanted }, probeRequestedAt: 'now' });
  const forced = (said: Verdict, changes: Partial<ObservedProbe> = {}) =>
    job(said, 60_000, { isForced: true, requestedAt: 'now', ...changes });
  const interrupted = (stage: 'connect' | 'logon') =>
    forced(verdict({ outcome: 'Inconclusive', reason: 'Interrupted', stage, fingerprint: 'a1b2' }));
  const takenAway = { ...forced(unclear), pods: [], end: { ...ENDED_BADLY, reason: 'PodFailurePolicy' } };
  const waited = {
    ...forced(unclear),
    pods: forced(unclear).pods.map((pod) => ({
      ...pod,
      terminated: undefined,
      waiting: { reason: 'CreateContainerConfigError', message: 'secret "db" not found' },
      failure: { reason: 'DeadlineExceeded', message: '' },
    })),
  };
  const isForcedNext = (probes: readonly ObservedProbe[], changes: Partial<Observed> = {}) => {
    const create = look({ profile: asking, probes, ...changes }).step.actions.at(-1);
    return JSON.stringify(create?.object['spec']).includes('dbpool.dev/force-logon":"true');
  };

  test.for<[string, ObservedProbe, boolean]>([
    ['was taken away', takenAway, true],
    ['only waited', waited, true],
    ['was told to stop on its way', interrupted('connect'), true],
    ['was told to stop while it logged on', interrupted('logon'), false],
    ['was refused', forced(refused), false],
    ['met nobody', forced({ ...silent, fingerprint: 'a1b2' }), false],
  ])('by a Job that %s', ([, probe, isOwed]) => {
    expect(isForcedNext([probe])).toBe(isOwed);
    expect(requestIsHandled(observed({ profile: asking, probes: [probe] }))).toBe(!isOwed);
  });

  test('is owed by other numbers, too, and where its Job was deleted before it ran', () => {
    expect(isForcedNext([{ ...takenAway, probeHash: 'ffffffffff' }])).toBe(true);
    const runs = forced(unclear, { end: undefined });
    expect(requestIsHandled(observed({ profile: asking, probes: [runs] }))).toBe(false);
    expect(isForcedNext([])).toBe(true);
  });
});

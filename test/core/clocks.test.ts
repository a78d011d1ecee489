/** Waits that are counted from times of other machines, where the operator's clock is an hour ahead of theirs, or an hour behind. */
import { describe, expect, test } from 'vitest';
import type { ObservedPod, ObservedProbe } from '../../src/core/model/observed.ts';
import { runningProbe } from '../../src/core/probe/concurrency.ts';
import { retention } from '../../src/core/probe/job-retention.ts';
import { backendUsage } from '../../src/core/usage/backend-usage.ts';
import { deploymentUsing, NOW, observed, pods, profile, renderedConfigMap, replicaSet, verdict } from './builders.ts';
import { assessProfile, finishedJob, runningJob } from './probe/builders.ts';
import { newConfig, oldConfig, readyCondition, unprobedProfile } from './rollout-builders.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** An event of a wait, and whether something waits at a time. All times but `at` are of the operator's clock. */
type Case = {
  readonly lengthMs: number;
  /** `at`: when it was by the other clock; `seenAt`: when the operator saw it, if it did. */
  readonly waits: (now: number, at: number, seenAt?: number) => boolean;
};

const failed = verdict({ outcome: 'TransientFailure', reason: 'ConnectFailed', stage: 'connect' });
const endOf = (at: number, seenAt?: number) => ({
  end: { succeeded: false, at, ...(seenAt !== undefined && { seenAt }), reason: '', message: '' },
});
const created = (createdAt: number, createdSeenAt?: number) => ({
  createdAt,
  ...(createdSeenAt !== undefined && { createdSeenAt }),
});
const slotOf = (probe: ObservedProbe, now: number) =>
  runningProbe({ namespace: 'shop', probe, isUnrecorded: true }, now);
const isStarting = ({ step }: ReturnType<typeof assessProfile>) =>
  step.actions.some(({ kind }) => kind === 'startProbe');
const pulling = (probe: ObservedProbe) =>
  probe.pods.map((pod) => ({ ...pod, waiting: { reason: 'ImagePullBackOff', message: '' } }));

const CASES: Readonly<Record<string, Case>> = {
  'a debounce of 30 s': {
    lengthMs: 30_000,
    waits: (now, specChangedAt, specChangeSeenAt) =>
      readyCondition(
        observed({
          now,
          profile: unprobedProfile({
            rollout: { debounceSeconds: 30 },
            changes: { specChangedAt, ...(specChangeSeenAt !== undefined && { specChangeSeenAt }) },
          }),
          configMaps: [renderedConfigMap(newConfig)],
        }),
      )?.reason === 'Debouncing',
  },
  'the pause before a probe is retried': {
    lengthMs: 30_000,
    waits: (now, at, seenAt) =>
      !isStarting(assessProfile({ now, probes: [finishedJob(failed, 0, endOf(at, seenAt))] })),
  },
  'the pause before a Job whose pod cannot start is replaced': {
    lengthMs: 30_000,
    waits: (now, at, seenAt) => {
      const job = runningJob(0, created(at, seenAt));
      return !isStarting(assessProfile({ now, probes: [{ ...job, pods: pulling(job) }] }));
    },
  },
  'the slot of a Job without a pod': {
    lengthMs: 10_000,
    waits: (now, at, seenAt) => slotOf({ ...runningJob(0, created(at, seenAt)), pods: [] }, now)?.holdsSlot === true,
  },
  'the credentials of a Job whose result is not recorded': {
    lengthMs: 30_000,
    waits: (now, at, seenAt) => slotOf(finishedJob(failed, 0, endOf(at, seenAt)), now) !== undefined,
  },
  'the end of a pod that terminates': {
    lengthMs: 90_000,
    waits: (now, at, seenAt) => {
      const [old] = pods(oldConfig.hash, 1);
      const ending: Partial<ObservedPod> = {
        isTerminating: true,
        deletedAt: at + 30_000,
        deletionRequestedAt: at,
        ...(seenAt !== undefined && { deletionSeenAt: seenAt }),
      };
      const usage = backendUsage(
        observed({
          now,
          deployment: deploymentUsing(newConfig.name),
          configMaps: [renderedConfigMap(newConfig)],
          replicaSets: [replicaSet(newConfig.hash, 2, 3), replicaSet(oldConfig.hash, 1)],
          pods: old === undefined ? [] : [{ ...old, ownerUid: `uid of ${oldConfig.hash}-1`, ...ending }],
        }),
      );
      return usage?.awaitedPods === 1;
    },
  },
};

describe.for(Object.entries(CASES))('%s', ([, { lengthMs, waits }]) => {
  test.for([
    ['an hour ahead', HOUR],
    ['an hour behind', -HOUR],
    ['right', 0],
  ] as const)('lasts as long as it should, where the operator saw the event with a clock that is %s', ([, aheadMs]) => {
    const seenAt = NOW + aheadMs;
    expect(waits(seenAt + 1000, NOW, seenAt)).toBe(true);
    // The pauses of probes have a jitter of a fifth.
    expect(waits(seenAt + 1.2 * lengthMs, NOW, seenAt)).toBe(false);
  });

  test('is over, where the operator has not seen the event, and its clock is an hour off', () => {
    expect(waits(NOW + HOUR, NOW)).toBe(false);
    expect(waits(NOW - HOUR, NOW)).toBe(false);
  });

  test('is over, where the clock is set back by an hour after the operator saw the event', () => {
    expect(waits(NOW + 1000 - HOUR, NOW, NOW)).toBe(false);
  });

  test('lasts at most twice as long, where the clock is set back by less', () => {
    expect(waits(NOW - lengthMs / 2, NOW, NOW)).toBe(true);
    expect(waits(NOW - 1.3 * lengthMs, NOW, NOW)).toBe(false);
  });
});

test('a Job that ended an hour in the future is retained, and at most three are', () => {
  const mine = ['a', 'b', 'c', 'd'].map((job, index) =>
    finishedJob(verdict(), 0, { job, uid: job, ...endOf(NOW + HOUR + index) }),
  );
  const seen = { profile: profile(), probes: mine, configMaps: [], now: NOW };
  expect(retention({ observed: seen, mine }).deleted.map(({ job }) => job)).toEqual(['a']);
});

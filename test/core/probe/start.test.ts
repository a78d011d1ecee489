import { describe, expect, test } from 'vitest';
import type { ObservedProbe } from '../../../src/core/model/observed.ts';
import { deployment, NOW, profile, SETTINGS, shared, spec, runningProbe, connectionRefused } from '../builders.ts';
import {
  HOUR,
  assessProfile,
  credentialsKey,
  probeActions,
  probedSpec,
  runningJob,
  startOfAttempt,
  finishedJob,
  provenConfigMap,
} from './builders.ts';

describe('a probe that is due', () => {
  test('a probe preempts one that has not started for a while, whose Job is deleted first', () => {
    const preemptible = { job: 'waits', uid: 'u', resourceVersion: '7', failures: 0 };
    const idle = { credentialsKey, holdsSlot: false };
    expect(probeActions({ shared: shared({ running: [runningProbe({ ...idle, preemptible })] }) })).toEqual([
      'deleteProbe waits',
      startOfAttempt(1),
    ]);
    expect(probeActions({ shared: shared({ running: [runningProbe(idle)] }) })).toEqual([]);
    const later = shared({ running: [runningProbe({ ...idle, preemptible: { ...preemptible, failures: 2 } })] });
    expect(assessProfile({ shared: later }).step.actions.at(-1)?.object.metadata['annotations']).toMatchObject({
      'dbpool.dev/failures': '3',
    });
  });

  test('a probe waits while one with its Secret and connect string runs, and says so', () => {
    const { step } = assessProfile({ shared: shared({ running: [runningProbe({ credentialsKey })] }) });
    expect(step).toMatchObject({
      condition: {
        status: 'Unknown',
        reason: 'ProbeQueued',
        message:
          'Waiting for a free probe slot, or for another probe with Secret search-api-db to finish; the probe of this profile then starts by itself.',
      },
      blocks: true,
      actions: [],
      waitingFor: 'ProbeSlot',
    });
    // It is woken.
    expect(step.requeueAfterMs).toBeUndefined();
  });

  test('a probe that waits says so, whatever was proven or failed before', () => {
    const others = shared({ running: [runningProbe({ credentialsKey })] });
    const failedBefore = assessProfile({ shared: others, probes: [finishedJob(connectionRefused, HOUR)] });
    expect(failedBefore.step).toMatchObject({ condition: { status: 'False' }, waitingFor: 'ProbeSlot' });
    expect(failedBefore.step.requeueAfterMs).toBeUndefined();
    const renewal = assessProfile({ shared: others, configMaps: [provenConfigMap(NOW - 1.5 * HOUR)] });
    expect(renewal.step).toMatchObject({ condition: { status: 'True' }, waitingFor: 'ProbeSlot' });
  });

  test('a probe of changed settings waits for the one before, if that has the same credentials', () => {
    const before = assessProfile({ probes: [runningJob(1000, { proofKey: 'ffffffffff' })] }).step;
    expect(before).toMatchObject({ actions: [], waitingFor: 'ProbeSlot', requeueAfterMs: 3000 });
    expect(probeActions({ probes: [runningJob(1000, { proofKey: 'ffffffffff', credentialsKey: 'other' })] })).toEqual([
      startOfAttempt(1),
    ]);
  });

  test('a probe creates the salt first where the namespace has none', () => {
    expect(probeActions({ shared: shared({ salt: 'missing' }) })).toEqual([
      'createSalt dbpool-fingerprint-salt',
      'recordLogonResults dbpool-logon-results',
      startOfAttempt(1),
    ]);
    const another = runningProbe({ credentialsKey: 'other' });
    expect(probeActions({ shared: shared({ salt: 'missing', running: [another] }) })).toEqual([]);
  });

  test('a probe is rejected where its labels would make it a pod of the backend', () => {
    const labelled = spec({ probe: { podLabels: { app: 'search-api' } } });
    const { step } = assessProfile({}, labelled);
    expect(step).toMatchObject({ condition: { reason: 'PodLabelsMatchBackend' }, progress: 'Stalled', actions: [] });
    expect(step.condition?.message).toContain('Deployment search-api');
    const others = [{ kind: 'Service', name: 'web', selector: { labels: { role: 'probe' }, expressions: [] } }];
    const asked = spec({ probe: { podLabels: { role: 'probe' } } });
    expect(assessProfile({ podSelectors: others }, asked).step.condition?.message).toContain('Service web');
    expect(assessProfile({}, asked).step.actions).toHaveLength(1);
  });

  describe('a Job whose image cannot be pulled', () => {
    const withoutImage = (agoMs: number, changes: Partial<ObservedProbe> = {}): ObservedProbe => {
      const waits = runningJob(agoMs, changes);
      const waiting = { reason: 'ImagePullBackOff', message: 'no such image' };
      return { ...waits, pods: waits.pods.map((pod) => ({ ...pod, waiting })) };
    };
    const REPLACED = ['deleteProbe search-probe-running', startOfAttempt(2)];

    test.for([
      [0, 30_000],
      [1, 60_000],
      [2, 120_000],
      [3, 240_000],
      [4, 300_000],
    ] as const)(
      'after %i failures, a Job without its image is replaced after %i ms, or up to a fifth more',
      ([failures, pauseMs]) => {
        const { step } = assessProfile({ probes: [withoutImage(pauseMs - 1, { failures })] });
        expect(step).toMatchObject({ condition: { reason: 'ImagePullFailed' }, actions: [] });
        expect(probeActions({ probes: [withoutImage(1.2 * pauseMs, { failures })] })).toEqual(REPLACED);
        const next = assessProfile({ probes: [withoutImage(1.2 * pauseMs, { failures })] }).step.actions.at(-1);
        expect(next?.object.metadata['annotations']).toMatchObject({ 'dbpool.dev/failures': String(failures + 1) });
      },
    );

    test('a Job without its image is replaced at once by another version of the operator', () => {
      const settings = { ...SETTINGS, probeImage: 'dbpool-operator:next', leadsSince: NOW };
      expect(probeActions({ settings, probes: [withoutImage(5000, { failures: 4 })] })).toEqual(REPLACED);
    });

    test('a Job without its image is replaced at once for a request, and once', () => {
      const asking = profile({ spec: { kind: 'valid', spec: probedSpec }, probeRequestedAt: 'now' });
      expect(probeActions({ profile: asking, probes: [withoutImage(5000, { failures: 4 })] })).toEqual(REPLACED);
      const made = withoutImage(5000, { requestedAt: 'now' });
      expect(probeActions({ profile: asking, probes: [made] })).toEqual([]);
    });

    test('a Job without its image is not replaced before there is a slot', () => {
      const behind = shared({ running: [runningProbe({ credentialsKey })] });
      expect(assessProfile({ shared: behind, probes: [withoutImage(40_000)] }).step).toMatchObject({
        condition: { reason: 'ImagePullFailed' },
        actions: [],
        waitingFor: 'ProbeSlot',
      });
    });
  });
});

test("a probe pod has the placement of the backend, and what the operator's settings say", () => {
  const placement = { nodeSelector: { disk: 'ssd' }, dnsPolicy: 'None' };
  const settings = { ...SETTINGS, imagePullSecret: 'registry' };
  const { step } = assessProfile({ deployment: deployment({ placement }), settings });
  const job = step.actions[0]?.object['spec'] as { template: { spec: object } } | undefined;
  const pod = job?.template.spec;
  expect(pod).toMatchObject({
    ...placement,
    imagePullSecrets: [{ name: 'registry' }],
    readinessGates: [{ conditionType: 'dbpool.dev/never-ready' }],
  });
  expect(pod).not.toHaveProperty('priorityClassName');
});

import { describe, expect, test } from 'vitest';
import { configOf } from '../../src/core/config.ts';
import { decide } from '../../src/core/decide.ts';
import type { ObservedDeployment } from '../../src/core/observed.ts';
import { deployment, observed, pointingAt, spec } from './builders.ts';

const config = configOf('search', spec().pool);
const configMaps = [{ name: config.name, resourceVersion: '1', immutable: true, data: config.data, owners: [] }];
const containers = [{ name: 'app', env: pointingAt(config.name) }];

type Rollout = Partial<ObservedDeployment['status']> & Partial<Pick<ObservedDeployment, 'paused' | 'generation'>>;

function reported({ paused = false, generation = 1, ...status }: Rollout) {
  const base = deployment({ containers, paused, generation });
  const seen = observed({ configMaps, deployment: { ...base, status: { ...base.status, ...status } } });
  const { conditions, pods } = decide(seen).status;
  const find = (type: string) => conditions?.find((one) => one.type === type);
  return { rolledOut: find('RolledOut'), isStalled: find('Stalled') !== undefined, pods };
}

describe('a rollout on its way', () => {
  test.for<[string, Rollout, string, RegExp, boolean, string]>([
    ['the controller has not seen the new template', { observedGeneration: 0 }, 'RollingOut', /begins/, false, '0/3'],
    ['some pods are new', { updatedReplicas: 1, replicas: 4 }, 'RollingOut', /1 of 3 pods are new/, false, '1/3'],
    [
      'old pods are still there',
      { replicas: 4, availableReplicas: 4 },
      'RollingOut',
      /1 old pods are still there/,
      false,
      '3/3',
    ],
    [
      'new pods are not available',
      { availableReplicas: 2 },
      'RollingOut',
      /2 of 3 new pods are available/,
      false,
      '2/3',
    ],
    ['it is paused', { paused: true, updatedReplicas: 0 }, 'DeploymentPaused', /paused/, true, '0/3'],
    [
      'it is stuck',
      { updatedReplicas: 1, deadlineExceeded: 'timed out progressing' },
      'ProgressDeadlineExceeded',
      /timed out/,
      true,
      '1/3',
    ],
  ])('%s', ([, rollout, reason, message, isStalled, pods]) => {
    const report = reported(rollout);
    expect(report.rolledOut).toMatchObject({ status: 'False', reason });
    expect(report.rolledOut?.message).toMatch(message);
    expect(report).toMatchObject({ isStalled, pods });
  });

  test('all is done, and no replicas at all is done too', () => {
    expect(reported({})).toMatchObject({
      rolledOut: { status: 'True', reason: 'RolledOut' },
      pods: '3/3',
      isStalled: false,
    });
    const none = decide(observed({ configMaps, deployment: deployment({ containers, replicas: 0 }) })).status;
    expect(none.conditions?.[0]).toMatchObject({ type: 'Ready', status: 'True' });
    expect(none.pods).toBe('0/0');
  });
});

describe('lastTransitionTime', () => {
  test('moves only when the status of the condition changes', () => {
    const seen = observed({ configMaps, deployment: deployment({ containers }) });
    const first = decide(seen).status;
    const later = { ...seen, now: seen.now + 60_000, profile: { ...seen.profile, status: first } };
    expect(decide(later).status).toEqual(first);
    const gone = decide({ ...later, deployment: undefined }).status.conditions?.find(({ type }) => type === 'Ready');
    expect(gone?.lastTransitionTime).toBe('2026-01-01T12:01:00Z');
  });
});

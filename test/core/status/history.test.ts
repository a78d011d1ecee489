import { expect, test } from 'vitest';
import { decide } from '../../../src/core/decide.ts';
import type { Observed } from '../../../src/core/model/observed.ts';
import { deploymentUsing, NOW, pods, renderedConfigMap, replicaSet, spec, succeededState } from '../builders.ts';
import {
  crashFailure,
  newConfig,
  observedRollout,
  oldConfig,
  startedRollout,
  unprobedProfile,
} from '../rollout-builders.ts';

const failed = renderedConfigMap(newConfig, { state: { rollout: startedRollout, failed: crashFailure } });

/** The settings of the spec have failed, and the backend runs the former ones. */
const rolledBack = observedRollout({
  configMaps: [failed, renderedConfigMap(oldConfig, { state: succeededState })],
  deployment: deploymentUsing(oldConfig.name, { revision: 3 }),
  replicaSets: [replicaSet(oldConfig.hash, 3, 3), replicaSet(newConfig.hash, 2)],
  pods: pods(oldConfig.hash),
});

const resultOf = (seen: Observed, hash: string) =>
  decide(seen).status.history?.find((one) => one.hash === hash)?.result;

/** The next pass, with the status of this one. */
const then = (seen: Observed, changes: object): Observed => ({
  ...seen,
  profile: unprobedProfile({ changes: { status: decide(seen).status, ...changes } }),
});

test('a rollout that was rolled back stays so in the history while its retry waits', () => {
  const waiting = then(rolledBack, {
    retryRequestedAt: 'again',
    specChangedAt: NOW,
    spec: { kind: 'valid', spec: spec({ probe: { policy: 'Disabled' }, rollout: { debounceSeconds: 60 } }) },
  });
  expect(resultOf(rolledBack, newConfig.hash)).toBe('RolledBack');
  expect(resultOf(waiting, newConfig.hash)).toBe('RolledBack');
});

test('a rollout that a user undid stays so in the history when it is rolled out again', () => {
  const undone = observedRollout({
    configMaps: [
      renderedConfigMap(newConfig, {
        state: { ...succeededState, rollout: { ...succeededState.rollout, sequence: 1 } },
      }),
      renderedConfigMap(oldConfig, { state: { rollout: { ...succeededState.rollout, sequence: 0, revision: 0 } } }),
    ],
    deployment: deploymentUsing(oldConfig.name, { revision: 3 }, 'kubectl-rollout'),
    replicaSets: [replicaSet(oldConfig.hash, 3, 3), replicaSet(newConfig.hash, 2)],
    pods: pods(oldConfig.hash),
  });
  expect(resultOf(undone, newConfig.hash)).toBe('Undone');
  expect(resultOf(then(undone, { retryRequestedAt: 'again' }), newConfig.hash)).toBe('Undone');
});

test('a failure that is held becomes a rollback, once a user asks for it', () => {
  const held = {
    kind: 'valid',
    spec: spec({ probe: { policy: 'Disabled' }, rollout: { onFailure: 'Hold' } }),
  } as const;
  const before = observedRollout({ configMaps: [failed], profile: unprobedProfile({ changes: { spec: held } }) });
  expect(resultOf(before, newConfig.hash)).toBe('Failed');
  expect(
    resultOf(
      { ...rolledBack, profile: { ...before.profile, status: decide(before).status, spec: rolledBack.profile.spec } },
      newConfig.hash,
    ),
  ).toBe('RolledBack');
});

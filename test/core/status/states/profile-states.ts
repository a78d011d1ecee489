/** Profiles that are done, suspended, or in the way of themselves: by their spec, their target, or a write that fails. */
import { statusAfterFailedWrite } from '../../../../src/controller/act/failed-write.ts';
import { decide } from '../../../../src/core/decide.ts';
import { FINALIZER } from '../../../../src/core/model/naming.ts';
import type { ObservedDeployment } from '../../../../src/core/model/observed.ts';
import { ApiError } from '../../../../src/kube/errors.ts';
import {
  container,
  deployment,
  deploymentUsing,
  observed,
  profile,
  renderedConfigMap,
  spec,
  variable,
} from '../../builders.ts';
import { newConfig, observedRollout } from '../../rollout-builders.ts';
import { asks, type KStatus, objectOf, state, type State } from './state.ts';
import { before, edited, failed, lastGood, rolledBack, rolling, running, sessions } from './backends.ts';
import { probed } from './probe-states.ts';

const invalid = profile({ spec: { kind: 'invalid', problem: 'pool.max: too large', target: undefined } });
const twice = [
  variable('DB_POOL_MAX', { kind: 'value', value: '1' }, 'helm'),
  variable('DB_POOL_MAX', { kind: 'value', value: '2' }, 'helm'),
];
const deleted = (changes: Partial<ObservedDeployment>) =>
  observed({
    ...asks({ onDelete: 'Restore' }, { isDeleting: true, finalizers: [FINALIZER] }),
    deployment: deployment(changes),
  });

function rejected(what: string, kstatus: KStatus, code: number, reason: string): State {
  const seen = before();
  const { actions, status } = decide(seen);
  const error = new ApiError('PATCH /x', { code, reason, message: 'no' });
  const told = statusAfterFailedWrite(status, seen, { error, pending: actions });
  return {
    what,
    reason: code === 409 ? 'WriteConflict' : 'WriteRejected',
    kstatus,
    object: objectOf(seen.profile, told),
  };
}

export const PROFILE_STATES: readonly State[] = [
  state('all is done', 'Ready', 'Current', running()),
  state('all is done, and it is suspended', 'Ready', 'Current', running(asks({ suspend: true }))),
  state('suspended before a rollout', 'Suspended', 'Current', before({ suspend: true })),
  state(
    'suspended before a repair',
    'Suspended',
    'Current',
    running({ ...asks({ suspend: true }), deployment: edited }),
  ),
  state(
    'suspended before a rollback',
    'Suspended',
    'Current',
    observedRollout({ ...asks({ suspend: true }), configMaps: [failed, lastGood] }),
  ),
  state('suspended after a rollback', 'Suspended', 'Current', rolledBack(asks({ suspend: true }))),
  state(
    'suspended without room',
    'Suspended',
    'Current',
    before({ suspend: true, ...sessions({ limit: 9, policy: 'Enforce' }) }),
  ),
  state(
    'suspended before its probe',
    'Suspended',
    'Current',
    probed({ profile: profile({ spec: { kind: 'valid', spec: spec({ suspend: true }) } }) }),
  ),
  state(
    'suspended with a conflict',
    'Suspended',
    'Current',
    observed({ ...asks({ suspend: true }), deployment: deployment({ containers: [container(...twice)] }) }),
  ),
  state(
    'suspended while pods are replaced',
    'Suspended',
    'InProgress',
    observedRollout({ ...asks({ suspend: true }), deployment: rolling() }),
  ),
  state(
    'suspended without a Deployment',
    'Suspended',
    'InProgress',
    observed({ ...asks({ suspend: true }), deployment: undefined }),
  ),

  state('a spec that cannot be read', 'SpecInvalid', 'Failed', observed({ profile: invalid })),
  state('no Deployment', 'DeploymentNotFound', 'Failed', observed({ ...asks(), deployment: undefined })),
  state('no such container', 'ContainerNotFound', 'Failed', observed(asks({ container: 'web' }))),
  state(
    'another container',
    'ContainerChanged',
    'Failed',
    running({
      ...asks({ container: 'web' }),
      deployment: deploymentUsing(newConfig.name, {
        containers: [...deploymentUsing(newConfig.name).containers, { ...container(), name: 'web' }],
      }),
    }),
  ),
  state(
    'another profile',
    'TargetClaimed',
    'Failed',
    observed({ ...asks(), claimedBy: { name: 'orders', hasRolledOut: false } }),
  ),
  state(
    'a variable of somebody else',
    'VariableConflict',
    'Failed',
    observed({ ...asks(), deployment: deployment({ containers: [container(...twice.slice(1))] }) }),
  ),
  state(
    'a variable that is set twice',
    'DuplicateVariable',
    'Failed',
    observed({ ...asks(), deployment: deployment({ containers: [container(...twice)] }) }),
  ),
  state(
    'a ConfigMap of somebody else',
    'ConfigMapConflict',
    'Failed',
    observed({ ...asks(), configMaps: [renderedConfigMap(newConfig, { data: { other: 'data' } })] }),
  ),
  rejected('a write that is rejected', 'Failed', 422, 'Invalid'),
  rejected('a write that fails', 'InProgress', 500, 'InternalError'),
  rejected('a conflict that does not pass', 'Failed', 409, 'Conflict'),

  state(
    'a restore that rolls',
    'Restoring',
    'Terminating',
    deleted({ labels: { profile: 'search', config: newConfig.hash } }),
  ),
  state('a restore that is complete', 'Restored', 'Terminating', deleted({})),
];

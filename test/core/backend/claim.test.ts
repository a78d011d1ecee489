import { describe, expect, test } from 'vitest';
import { type Claim, otherClaimant } from '../../../src/core/backend/claim.ts';
import { poolConfig } from '../../../src/core/config/pool-config.ts';
import type { ConfigState } from '../../../src/core/model/config-state.ts';
import type { ObservedDeployment, ObservedProfile } from '../../../src/core/model/observed.ts';
import {
  container,
  deployment,
  deploymentUsing,
  NOW,
  profile,
  renderedConfigMap,
  spec,
  variablesFrom,
} from '../builders.ts';
import { startedRollout } from '../rollout-builders.ts';
import { dropLabels, replace, replaceByForce } from '../simulation/disruptions.ts';
import { change, edit } from '../simulation/user-actions.ts';
import { World } from '../simulation/world.ts';

const HERE = { name: 'search-api', uid: 'deployment-uid' };

const configOf = (name: string) => poolConfig(name, spec().pool);

/** A profile whose ConfigMap has this state. */
const claimOf = (name: string, state?: ConfigState, changes: Partial<ObservedProfile> = {}): Claim => ({
  profile: profile({ name, uid: `uid of ${name}`, ...changes }),
  configMaps: state === undefined ? [] : [renderedConfigMap(configOf(name), { state })],
});

/** To the Deployment at this generation. */
const rolledOutAt = (generation: number, to: typeof HERE = HERE): ConfigState => ({
  rollout: { ...startedRollout, generation, deployment: to },
});

const OLDER = { createdAt: 0 };

/** Of two profiles `a` and `b` that name the Deployment, the one that has claimed it. Both have to decide alike. */
function claimantOf(there: ObservedDeployment, a: Claim, b: Claim): string {
  const [forA, forB] = [otherClaimant(a, [b], there), otherClaimant(b, [a], there)];
  expect([forA, forB].filter((one) => one === undefined)).toHaveLength(1);
  return forA === undefined ? a.profile.name : b.profile.name;
}

describe('the profile that has claimed a Deployment', () => {
  const refersTo = (name: string, ...managers: string[]) =>
    deployment({ containers: [container(...variablesFrom(configOf(name).name, ...managers))] });

  const cases: [string, ObservedDeployment, Claim, Claim][] = [
    ['is the older one', deployment(), claimOf('a', undefined, OLDER), claimOf('b')],
    ['is the first by name of two of one age', deployment(), claimOf('a'), claimOf('b')],
    [
      'is the one that the label names',
      deployment({ labels: { profile: 'a', config: undefined } }),
      claimOf('a'),
      claimOf('b', undefined, OLDER),
    ],
    [
      'is the one whose ConfigMap is in the template, whatever the label says',
      { ...refersTo('a', 'kubectl'), labels: { profile: 'b', config: undefined } },
      claimOf('a', rolledOutAt(1)),
      claimOf('b', rolledOutAt(7), OLDER),
    ],
    [
      'is the one whose ConfigMap the operator has put into the template, even if the ConfigMap was deleted',
      refersTo('a'),
      claimOf('a'),
      claimOf('b', undefined, OLDER),
    ],
    [
      'is not the one whose ConfigMap somebody else has put there',
      refersTo('b', 'kubectl'),
      claimOf('a', rolledOutAt(3)),
      claimOf('b', {}, OLDER),
    ],
    [
      'is the one that was rolled out last, if nothing is left of either',
      deployment(),
      claimOf('a', rolledOutAt(7)),
      claimOf('b', rolledOutAt(3), OLDER),
    ],
    [
      'is the one that was rolled out to the deleted Deployment of this name',
      deployment({ uid: 'created anew' }),
      claimOf('a', rolledOutAt(3)),
      claimOf('b', undefined, OLDER),
    ],
    [
      'is the one that has kept that in state',
      deployment({ uid: 'created anew' }),
      claimOf('a', { formerRollout: { sequence: 1, deployment: 'search-api', templateHash: 'x' } }),
      claimOf('b', undefined, OLDER),
    ],
    [
      'is not the one whose newest rollout was to another Deployment',
      deployment(),
      claimOf('a', undefined, OLDER),
      claimOf('b', rolledOutAt(9, { name: 'orders-api', uid: 'other' })),
    ],
    [
      'is not the one of a name that was rolled out before it was created again',
      deployment(),
      claimOf('a', undefined, OLDER),
      claimOf('b', { rollout: { ...startedRollout, deployment: HERE, profile: 'former uid' } }),
    ],
    [
      'is not the one that is being deleted and has nothing in the template',
      deployment(),
      claimOf('a'),
      claimOf('b', rolledOutAt(3), { isDeleting: true }),
    ],
    [
      'is the one that is being deleted, while its variables are in the template',
      refersTo('a'),
      claimOf('a', rolledOutAt(3), { isDeleting: true }),
      claimOf('b', undefined, OLDER),
    ],
  ];

  test.for(cases)('%s', ([, there, a, b]) => {
    expect(claimantOf(there, a, b)).toBe('a');
  });

  test('tells the other one whether it has rolled out, or is older', () => {
    const there = deploymentUsing(configOf('a').name, { labels: { profile: undefined, config: undefined } });
    const [a, b] = [claimOf('a', rolledOutAt(1)), claimOf('b')];
    expect(otherClaimant(b, [a], there)).toEqual({ name: 'a', hasRolledOut: true });
    expect(otherClaimant(b, [claimOf('a')], deployment())).toEqual({ name: 'a', hasRolledOut: false });
  });
});

describe('a claim of a Deployment that an older profile names, too', () => {
  function claimed(): World {
    const world = new World();
    edit(world, { ...spec().pool, max: 40 }, 'Disabled');
    world.converge();
    const { uid: _, ...rest } = world.profile;
    world.put({ ...rest, name: 'orders', uid: 'orders-uid', createdAt: NOW - 86_400_000, status: {} });
    edit(world, { ...spec().pool, max: 90 }, 'Disabled', {}, 'orders');
    world.converge();
    return world;
  }

  const reasonOf = (world: World, name: string) =>
    world.named(name)?.status.conditions?.find(({ type }) => type === 'Ready')?.reason;

  const losses: readonly [string, (world: World) => void][] = [
    ['its labels are dropped', ({ backend }) => dropLabels(backend, 'both')],
    ['its label is dropped', ({ backend }) => dropLabels(backend, 'profile')],
    ['the Deployment is replaced', ({ backend }) => replace(backend)],
    ['the Deployment is replaced by force', (world) => replaceByForce(world, world.backend)],
    [
      'the Deployment is replaced while the profile is suspended',
      (world) => {
        change(world, { suspend: true });
        replace(world.backend);
        world.converge();
        change(world, { suspend: false });
      },
    ],
  ];

  test.for(losses)('stays where it is if %s', ([, lose]) => {
    const world = claimed();
    const before = world.backend.configInUse;
    expect(reasonOf(world, 'orders')).toBe('TargetClaimed');
    lose(world);
    world.converge(['orders', 'search']);
    expect(world.writes.filter(({ profile: { name } }) => name === 'orders')).toEqual([]);
    expect(world.backend.configInUse).toBe(before);
    expect(['orders', 'search'].map((name) => reasonOf(world, name))).toEqual(['TargetClaimed', 'Ready']);
  });
});

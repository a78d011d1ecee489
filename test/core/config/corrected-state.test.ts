import { describe, expect, test } from 'vitest';
import { decide } from '../../../src/core/decide.ts';
import { type ConfigState, stateAnnotation, type StateName } from '../../../src/core/model/config-state.ts';
import { poolConfig } from '../../../src/core/config/pool-config.ts';
import {
  deploymentUsing,
  driftRepair,
  NOW,
  pod,
  proofState,
  renderedConfigMap,
  spec,
  succeededState,
} from '../builders.ts';
import {
  actionNames,
  crashFailure,
  newConfig,
  observedRollout,
  oldConfig,
  readyCondition,
  recordedAnnotations,
  startedRollout,
  unprobedProfile,
} from '../rollout-builders.ts';
import { replace } from '../simulation/disruptions.ts';
import { applyFirst, edit, setByHand } from '../simulation/user-actions.ts';
import { World } from '../simulation/world.ts';

const YEAR_9999 = Date.UTC(9999, 0);
const HOUR = 3_600_000;

const readyIn = (world: World) => world.profile.status.conditions?.find(({ type }) => type === 'Ready');

describe('a time in the future', () => {
  const lastGood = renderedConfigMap(oldConfig, { state: succeededState });
  const future = {
    proof: { ...succeededState, proof: proofState({ at: YEAR_9999 }) },
    rollout: { rollout: { ...startedRollout, startedAt: YEAR_9999, completedAt: YEAR_9999 } },
    lastGood: { ...succeededState, lastGood: { ...succeededState.lastGood, at: YEAR_9999 } },
    failed: { rollout: startedRollout, failed: { ...crashFailure, at: YEAR_9999 } },
    driftRepair: { ...succeededState, driftRepair: driftRepair({ count: 3, firstAt: YEAR_9999, at: YEAR_9999 }) },
  } satisfies { readonly [N in StateName]?: ConfigState };

  test.for(Object.keys(future) as (keyof typeof future)[])(
    'a time in the future in %s is recorded again as now, once',
    (name) => {
      const profile = unprobedProfile({ rollout: { observeSeconds: 60 } });
      const seen = observedRollout({
        profile,
        configMaps: [renderedConfigMap(newConfig, { state: future[name] }), lastGood],
      });
      const record = decide(seen).actions.find(({ object }) => object.metadata.name === newConfig.name);
      const annotations = record?.object.metadata['annotations'] as Record<string, string>;
      const written = JSON.parse(annotations[stateAnnotation(name)] ?? '') as Record<string, unknown>;
      expect(JSON.stringify(written)).not.toContain(String(YEAR_9999));
      const state = { ...future[name], [name]: written } as ConfigState;
      const after = observedRollout({ profile, configMaps: [renderedConfigMap(newConfig, { state }), lastGood] });
      expect(actionNames(after).filter((action) => action === `recordState ${newConfig.name}`)).toEqual([]);
    },
  );

  test('a time in the future is recorded again for a suspended profile, too, so that its status stays the same', () => {
    const suspended = unprobedProfile();
    const profile = { ...suspended, spec: { kind: 'valid' as const, spec: spec({ suspend: true }) } };
    const seen = observedRollout({
      profile,
      configMaps: [renderedConfigMap(newConfig, { state: future.rollout }), lastGood],
    });
    expect(actionNames(seen)).toEqual([`recordState ${newConfig.name}`]);
  });

  test('a time in the future neither ends an observation nor stretches it', () => {
    const profile = unprobedProfile({ rollout: { observeSeconds: 60 } });
    const seen = observedRollout({
      profile,
      configMaps: [renderedConfigMap(newConfig, { state: future.rollout }), lastGood],
    });
    expect(readyCondition(seen)).toMatchObject({ reason: 'Observing' });
    expect(decide(seen).requeueAfterMs).toBe(60_000);
  });

  test('a time in the future on a ConfigMap of somebody else is left there', () => {
    const theirs = { ...renderedConfigMap(oldConfig, { state: future.rollout }), immutable: false };
    const seen = observedRollout({ configMaps: [renderedConfigMap(newConfig, { state: succeededState }), theirs] });
    expect(actionNames(seen)).toEqual([]);
  });
});

describe('a clock that is set back by an hour', () => {
  const poolOf = (max: number) => ({ ...spec().pool, max });
  const inUse = (max: number) => poolConfig('search', poolOf(max)).name;

  test('a clock that is set back between rollout and observation costs no write for each pass', () => {
    const world = new World();
    edit(world, poolOf(40), 'Disabled', { observeSeconds: 60 });
    world.reconcile();
    world.reconcile();
    world.now -= HOUR;
    world.settle();
    world.reconcile();
    world.reconcile();
    world.wait(61_000);
    let writes = 0;
    for (let pass = 0; pass < 200; pass += 1) {
      writes += world.reconcile()?.actions.length ?? 0;
      world.settle();
      world.now += 10;
    }
    expect(writes).toBeLessThanOrEqual(3);
    expect(world.profile.status.conditions?.[0]).toMatchObject({ type: 'Ready', status: 'True' });
  });

  test('a clock that is set back after a failure rolls nothing out', () => {
    const world = new World();
    edit(world, poolOf(40), 'Disabled');
    world.converge();
    world.backend.crashAbove = 100;
    edit(world, poolOf(150), 'Disabled');
    world.converge();
    expect(world.backend.configInUse).toBe(inUse(40));
    const writes = world.templateWrites.length;
    world.now -= HOUR;
    world.converge();
    world.wait(2 * HOUR);
    world.converge();
    expect(world.templateWrites.length).toBe(writes);
    expect(world.profile.status.conditions?.[0]).toMatchObject({ reason: 'RolledBack' });
  });
});

describe('an admission webhook that stamps the template', () => {
  const crashing = pod(newConfig.hash, {
    isReady: false,
    containers: [
      {
        name: 'app',
        isReady: false,
        restarts: 3,
        startedAt: undefined,
        waiting: { reason: 'CrashLoopBackOff', message: 'back-off' },
        crash: { exitCode: 1, reason: 'Error', at: NOW - 1000 },
      },
    ],
  });
  const base = deploymentUsing(newConfig.name, { foreignTemplateHash: 'stamped' });
  const writtenAt = (generation: number) =>
    observedRollout({
      deployment: { ...base, generation, status: { ...base.status, observedGeneration: generation } },
      configMaps: [
        renderedConfigMap(newConfig, { state: { rollout: { ...startedRollout, generation: 7 } } }),
        renderedConfigMap(oldConfig, { state: succeededState }),
      ],
      pods: [crashing],
    });

  test('a stamp on the write of the operator is its own: a crash is judged', () => {
    const annotations = recordedAnnotations(writtenAt(8));
    expect(JSON.parse(annotations['dbpool.dev/rollout'] ?? '')).toMatchObject({ templateHash: 'stamped' });
    expect(JSON.parse(annotations['dbpool.dev/failed'] ?? '')).toMatchObject({ reason: 'CrashLoopBackOff' });
  });

  test('a stamp on a write that followed is a change by somebody else', () => {
    expect(actionNames(writtenAt(9))).toEqual([]);
    expect(readyCondition(writtenAt(9))).toMatchObject({ reason: 'TemplateChanged' });
  });
});

describe('a profile that was deleted and applied again', () => {
  function appliedAgain(): World {
    const world = new World();
    edit(world, { ...spec().pool, max: 40 }, 'Disabled');
    world.converge();
    world.delete(world.profile);
    world.converge();
    applyFirst(world);
    return world;
  }

  test('a profile with another uid is recorded again on the newest rollout, once', () => {
    const world = appliedAgain();
    world.reconcile();
    expect(world.configMaps.flatMap(({ state }) => state.rollout?.profile ?? [])).toEqual([world.profile.uid]);
    expect(decide(world.observed('search')).actions).toEqual([]);
  });

  test.for<[string, (world: World) => void]>([
    ['replaces the whole Deployment', ({ backend }) => replace(backend)],
    [
      'sets a literal in place of all variables',
      ({ backend }) => {
        replace(backend);
        setByHand(backend, '99');
      },
    ],
  ])('a tool that %s under a profile with another uid makes drift, which is repaired at once', ([, heal]) => {
    const world = appliedAgain();
    world.converge();
    const inUse = world.backend.configInUse;
    heal(world);
    world.reconcile();
    expect(world.profile.status.conditions?.[0]).toMatchObject({ reason: 'DriftDetected' });
    expect(world.profile.status.drift).toMatchObject({ repairs: 1 });
    expect(world.backend.configInUse).toBe(inUse);
  });

  test('variables that were removed while there was no profile are no drift', () => {
    const world = new World();
    edit(world, { ...spec().pool, max: 40 }, 'Disabled');
    world.converge();
    world.delete(world.profile);
    world.converge();
    replace(world.backend);
    world.settle();
    applyFirst(world);
    world.converge();
    expect(world.profile.status.drift).toBeUndefined();
    expect(world.profile.status.conditions?.[0]).toMatchObject({ status: 'True' });
  });
});

describe('the number of an event that somebody wrote', () => {
  test.for([Number.MAX_SAFE_INTEGER, 1_000_000_001])(
    'number %i is written again once, and the next rollouts succeed',
    (sequence) => {
      const world = new World();
      for (const max of [30, 40]) {
        edit(world, { ...spec().pool, max }, 'Disabled');
        world.converge();
      }
      const { configInUse } = world.backend;
      world.configMaps = world.configMaps.map((one) =>
        one.name === configInUse && one.state.rollout !== undefined
          ? { ...one, state: { ...one.state, rollout: { ...one.state.rollout, sequence } } }
          : one,
      );
      const actions = Array.from({ length: 20 }, () => world.reconcile()?.actions.map(({ kind }) => kind) ?? []);
      // One write renumbers the events, and records that the settings are good again.
      expect(actions.flat()).toEqual(['recordState']);
      expect(readyIn(world)).toMatchObject({ status: 'True' });
      edit(world, { ...spec().pool, max: 50 }, 'Disabled');
      world.converge();
      expect(readyIn(world)).toMatchObject({ status: 'True' });
      expect(Math.max(...world.configMaps.flatMap(({ state }) => state.lastGood?.sequence ?? []))).toBeLessThan(20);
    },
  );
});

/** Another tool applies its own manifest again and again: how often the backend is rolled out, and what is reported. */
import { describe, expect, test } from 'vitest';
import { poolConfig } from '../../../src/core/config/pool-config.ts';
import { container, deployment, NOW, observed, spec } from '../builders.ts';
import { actionNames, readyCondition, unprobedProfile } from '../rollout-builders.ts';
import {
  change,
  dropVariable,
  edit,
  makeRequest,
  recreate,
  setByHand,
  setVariable,
} from '../simulation/user-actions.ts';
import { World } from '../simulation/world.ts';

const pool = { ...spec().pool, max: 40 };
const { name: inUse } = poolConfig('search', pool);

type Heal = (world: World) => void;

const replace: Heal = ({ backend }) =>
  backend.write({
    labels: { profile: undefined, config: undefined },
    containers: [container()],
    adoptedEnv: undefined,
    lastWriter: 'kubectl-replace',
  });

const conditionOf = ({ profile }: World, type: string) =>
  profile.status.conditions?.find((condition) => condition.type === type);

/** What was reported in each pass, and after how many repairs. */
type Report = {
  readonly repairs: number;
  readonly reason: string | undefined;
  readonly message: string;
  readonly rolledOut: string | undefined;
  readonly isCalled: boolean;
};

/** The tool checks every minute, and acts where the template has the operator's settings. */
function contest(heal: Heal, hours = 3) {
  const world = new World();
  world.backend.write({ foreignTemplateHash: 'image 2' });
  world.settle();
  edit(world, pool, 'Disabled');
  world.converge();
  const before = world.templateWrites.length;
  const reports: Report[] = [];
  const look = () => {
    world.reconcile();
    const ready = conditionOf(world, 'Ready');
    const isCalled = ready?.status === 'False' && conditionOf(world, 'Stalled')?.reason === 'DriftDetected';
    reports.push({
      repairs: world.templateWrites.length - before,
      reason: ready?.reason,
      message: ready?.message ?? '',
      rolledOut: conditionOf(world, 'RolledOut')?.reason,
      isCalled: isCalled && ready?.reason === 'DriftDetected',
    });
  };
  for (let ms = 0; ms < hours * 3_600_000; ms += 60_000) {
    if (world.backend.configInUse === inUse) heal(world);
    for (let pass = 0; pass < 3; pass += 1) {
      look();
      if (pass === 0) world.backend.step(world.now);
      else world.settle();
    }
    world.wait(60_000);
  }
  return { world, reports, repairs: world.templateWrites.length - before };
}

describe('variables that another tool removes or edits every minute, in three hours', () => {
  test.for<[string, Heal]>([
    ['a tool that replaces the whole Deployment', replace],
    ['a tool that creates the Deployment anew', (world) => recreate(world, world.backend)],
    ['a tool that sets one variable by force', ({ backend }) => setByHand(backend, '99')],
    ['a tool that removes one variable', ({ backend }) => dropVariable(backend, 'DB_POOL_MAX')],
  ])('%s meets fewer repairs each time, and a person is called from the fifth on, all the time', ([, heal]) => {
    const { repairs, reports } = contest(heal);
    expect(repairs).toBeGreaterThan(5);
    expect(repairs).toBeLessThanOrEqual(11);
    expect(reports.map(({ reason }) => reason)).toContain('DriftDetected');
    const first = reports.findIndex(({ isCalled }) => isCalled);
    expect(reports[first]?.repairs).toBe(4);
    expect(reports.slice(first).filter(({ isCalled }) => !isCalled)).toEqual([]);
  });

  test('the message names the writer, how often in which span, and how many pods run without the variables', () => {
    const { reports } = contest(replace, 1);
    expect(reports.at(-1)?.message).toMatch(
      /DB_POOL_MAX was removed.* kubectl-replace removed the variables 8 times in 59 min\. 3 of 3 pods are without the variables\. The operator sets the variables again at /,
    );
  });

  test('while the variables are set between two repairs, the message says so, and what to do until when', () => {
    const { reports } = contest(replace, 1);
    const settled = reports.filter(({ repairs, rolledOut }) => repairs >= 5 && rolledOut === 'RolledOut');
    expect(settled.at(-1)?.message).toMatch(
      /^Deployment search-api, container app: kubectl-replace removed the variables 7 times in 32 min\. They are set now\. Make that writer leave them alone\. Ready is True again at 2026-01-01T13:\d\d:\d\dZ, if nobody edits or removes them before$/,
    );
    const rolling = reports.find(({ repairs, rolledOut }) => repairs >= 5 && rolledOut === 'RollingOut');
    expect(rolling?.message).toMatch(/They are set now\. Deployment search-api: \d of 3 pods .* Make that writer/);
  });

  test('two tools that take turns are both named, and so is all that they did', () => {
    let turn = 0;
    const { reports } = contest((world) => {
      turn += 1;
      if (turn % 2 === 0) replace(world);
      else setByHand(world.backend, '99');
    }, 1);
    const { message = '' } = reports.at(-1) ?? {};
    expect(message).toContain('kubectl-set and kubectl-replace removed or changed the variables 8 times in 59 min');
  });

  test('repairs are forgotten after a while: Ready is True, and the next repair comes at once', () => {
    const { world } = contest(replace, 1);
    world.converge();
    expect(conditionOf(world, 'Ready')?.status).toBe('False');
    const [, endsAt = ''] = /True again at (\S+),/.exec(conditionOf(world, 'Ready')?.message ?? '') ?? [];
    world.wait(world.reconcile()?.requeueAfterMs ?? Number.NaN);
    world.reconcile();
    expect(world.now - Date.parse(endsAt)).toBeLessThan(1000);
    expect(conditionOf(world, 'Ready')?.status).toBe('True');
    expect(conditionOf(world, 'Stalled')).toBeUndefined();
    expect(world.profile.status.drift).toBeUndefined();
    const before = world.templateWrites.length;
    replace(world);
    world.reconcile();
    expect(world.templateWrites.length).toBe(before + 1);
  });

  test('the status stays the same while a rollback waits for pods, and promises no end of the contest', () => {
    const { world } = contest(replace, 1);
    world.converge();
    makeRequest(world, { rollbackRequestedAt: 'now' });
    world.reconcile();
    replace(world);
    const statusAfter = (ms: number) => {
      world.wait(ms);
      world.reconcile();
      world.backend.observe(world.now);
      return world.profile.status;
    };
    statusAfter(1000);
    const first = statusAfter(1000);
    expect(first.conditions?.[0]).toMatchObject({ type: 'Ready', reason: 'DriftDetected' });
    expect(first.conditions?.[0]?.message).toMatch(/Make that writer leave them alone$/);
    expect(statusAfter(1000)).toEqual(first);
  });

  test('another reason to call a person comes first', () => {
    const { world } = contest(replace, 1);
    world.converge();
    world.backend.isOverQuota = true;
    edit(world, { ...pool, max: 60 }, 'Disabled');
    world.converge();
    expect(conditionOf(world, 'Stalled')?.reason).toBe('ReplicaFailure');
    world.backend.isOverQuota = false;
    world.converge();
    expect(conditionOf(world, 'Stalled')?.reason).toBe('DriftDetected');
  });
});

test('adopted variables outlive a tool that replaces the whole Deployment, and are restored in the end', () => {
  const world = new World();
  setVariable(world.backend, 'DB_POOL_MAX', 'value');
  change(world, { targetRef: { adopt: true }, onDelete: 'Restore' });
  edit(world, pool, 'Disabled');
  world.converge();
  replace(world);
  world.converge();
  edit(world, { ...pool, max: 60 }, 'Disabled');
  world.converge();
  world.delete(world.profile);
  world.converge();
  expect(world.named('search')).toBeUndefined();
  expect(world.backend.template.containers[0]?.env.map(({ entry }) => entry)).toEqual([
    { name: 'DB_POOL_MAX', value: '30' },
  ]);
});

test('an owner who drops an adopted variable causes at most one pod without it', () => {
  const world = new World();
  setVariable(world.backend, 'DB_POOL_MAX', 'value', 'kubectl-client-side-apply');
  world.settle();
  change(world, { targetRef: { adopt: true } });
  edit(world, pool, 'Disabled');
  world.converge();
  dropVariable(world.backend, 'DB_POOL_MAX');
  const without = new Set<string>();
  for (let step = 0; step < 60; step += 1) {
    world.backend.step(world.now);
    world.reconcile();
    for (const { name, max } of world.backend.pods) if (max === undefined) without.add(name);
    world.wait(1000);
  }
  expect(without.size).toBeLessThanOrEqual(1);
  expect(world.backend.live.every(({ max }) => max === 40)).toBe(true);
  expect(world.profile.status.conditions?.[0]?.message).not.toContain('Adopted');
});

describe('a Deployment that was created anew', () => {
  const { uid } = deployment();
  const lastTime = '2026-01-01T11:59:50Z';
  const status = {
    deployment: { name: 'search-api', uid: 'uid of the one before' },
    drift: { repairs: 3, firstTime: '2026-01-01T11:55:00Z', lastTime, edit: 'Removed' as const, writers: ['helm'] },
  };
  const seenWith = (changes: object) =>
    observed({ now: NOW, profile: unprobedProfile({ changes: { status: { ...status, ...changes } } }) });

  test('a Deployment that was created anew is repaired after the pause, by the count in the status', () => {
    expect(readyCondition(seenWith({}))?.reason).toBe('DriftDetected');
    expect(actionNames(seenWith({}))).not.toContain('rollOut search-api');
    expect(actionNames({ ...seenWith({}), now: NOW + 120_000 })).toContain('rollOut search-api');
  });

  test.for<[string, object]>([
    ['of this very Deployment', { deployment: { name: 'search-api', uid } }],
    ['of another Deployment', { deployment: { name: 'orders-api', uid: 'x' } }],
    ['without a count', { drift: undefined }],
  ])('a Deployment is rolled out at once by a status %s', ([, changes]) => {
    expect(actionNames(seenWith(changes))).toContain('rollOut search-api');
  });
});

import { describe, expect, test } from 'vitest';
import { poolConfig } from '../../../src/core/config/pool-config.ts';
import { change, edit, setVariable } from '../simulation/user-actions.ts';
import { World } from '../simulation/world.ts';
import { spec } from '../builders.ts';

const pool = (max: number) => ({ ...spec().pool, max });
const nameOf = (max: number) => poolConfig('search', pool(max)).name;
const reasonIn = (world: World) => world.profile.status.conditions?.find(({ type }) => type === 'Ready')?.reason;

/** 40 runs, after 30; each of these is written before the Deployment controller has observed the one before. */
const burst = (...all: readonly number[]): World => burstIn(new World(), all);

function burstIn(world: World, all: readonly number[]): World {
  for (const max of [30, 40]) {
    edit(world, pool(max), 'Disabled');
    world.converge();
  }
  for (const max of all) {
    edit(world, pool(max), 'Disabled');
    world.reconcile();
  }
  return world;
}

const written = (world: World) => world.templateWrites.slice(2);

describe('templates that the Deployment controller has not observed', () => {
  test('are replaced at once where they are the operator’s own', () => {
    const world = burst(50, 60, 70);
    expect(written(world)).toEqual([nameOf(50), nameOf(60), nameOf(70)]);
    world.converge();
    expect(world.backend.configInUse).toBe(nameOf(70));
    expect(reasonIn(world)).toBe('Ready');
    expect(written(world)).toHaveLength(3);
  });

  test('are replaced at once where the owner of an adopted variable still owns its name', () => {
    const world = new World();
    setVariable(world.backend, 'DB_POOL_MAX', 'value', 'kubectl-client-side-apply');
    world.settle();
    change(world, { targetRef: { adopt: true } });
    burstIn(world, [50, 60, 70]);
    const entry = world.backend.template.containers[0]?.env.find(({ name }) => name === 'DB_POOL_MAX');
    expect(entry?.managers).toContain('kubectl-client-side-apply');
    expect(written(world)).toEqual([nameOf(50), nameOf(60), nameOf(70)]);
    world.converge();
    expect(world.backend.configInUse).toBe(nameOf(70));
    expect(reasonIn(world)).toBe('Ready');
  });

  test('are no undo of what was before them', () => {
    const world = burst(50, 60, 50);
    world.converge();
    expect(world.backend.configInUse).toBe(nameOf(50));
    expect(reasonIn(world)).toBe('Ready');
  });

  test('count with the largest max of all of them', () => {
    const world = burst(200, 60);
    expect(world.members[0]?.pools.oldMax).toBe(200);
    world.converge();
    expect(world.members[0]?.pools.oldMax ?? 60).toBe(60);
  });

  test.for<[string, (world: World) => void]>([
    ['another image', ({ backend }) => backend.write({ foreignTemplateHash: 'image 2' })],
    ['another number of replicas', ({ backend }) => backend.scale(5)],
    ['an undo', ({ backend }) => void backend.undo()],
  ])('are left alone while the controller has not observed %s', ([, change]) => {
    const world = burst(50);
    change(world);
    const before = world.templateWrites.length;
    edit(world, pool(60), 'Disabled');
    world.reconcile();
    expect(world.templateWrites.length).toBe(before);
    world.converge();
    expect(world.backend.configInUse).toBe(nameOf(60));
  });

  test('are continued after a process that died between the record and the template', () => {
    const world = burst(50);
    edit(world, pool(60), 'Disabled');
    world.reconcile(1);
    expect(world.backend.configInUse).toBe(nameOf(50));
    world.converge();
    expect(world.backend.configInUse).toBe(nameOf(60));
    expect(reasonIn(world)).toBe('Ready');
  });
});

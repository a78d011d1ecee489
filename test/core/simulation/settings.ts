/** Settings of the first profile that differ in max alone, and passes of the operator, one a minute. */
import { poolConfig } from '../../../src/core/config/pool-config.ts';
import { spec } from '../builders.ts';
import type { World } from './world.ts';

export const poolOf = (max: number) => ({ ...spec().pool, max });

/** Name of the ConfigMap of the first profile with this max. */
export const configMapOf = (max: number) => poolConfig('search', poolOf(max)).name;

export const readyIn = (world: World) => world.profile.status.conditions?.find(({ type }) => type === 'Ready');

/** Pods come up, and the operator looks, once a minute. */
export function pass(world: World, rounds: number): void {
  for (let round = 0; round < rounds; round += 1) {
    world.settle();
    world.reconcile();
    world.wait(60_000);
  }
}

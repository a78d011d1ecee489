import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { poolConfig } from '../../../src/core/config/pool-config.ts';
import { decide } from '../../../src/core/decide.ts';
import type { ObservedProfile } from '../../../src/core/model/observed.ts';
import { probeHashOf } from '../../../src/core/probe/pod.ts';
import { SETTINGS } from '../builders.ts';
import { type HistoryEvent, isUserAction, meddled, playEvent, policy, pool, relogged, RUNS } from './events.ts';
import { change, mend, specOf } from '../simulation/user-actions.ts';
import {
  containersSet,
  hasMoved,
  isAmbiguous,
  isUninvited,
  leftBehind,
  lostBy,
  otherWriter,
  repeatedRefusals,
  wordsHeardTwice,
} from './invariants.ts';
import { type TemplateWrite, World } from '../simulation/world.ts';

/** Brings a history about, and looks at the world after each of its steps. */
function live(world: World, all: readonly HistoryEvent[], look: (what: HistoryEvent) => void = () => undefined): void {
  for (const what of all) {
    playEvent(world, what);
    look(what);
  }
}

const provenBy = (world: World) =>
  world.probes.filter(({ end }) => end?.succeeded === true).map(({ probeHash }) => probeHash);

/** Whether what was rolled had been proven, as far as its profile asks for that, or ran on this very Deployment before. */
function isProven({ config, profile, after }: TemplateWrite, world: World, proven: ReadonlySet<string>): boolean {
  if (config === undefined || after.labels.config === undefined) return true;
  const spec = specOf(profile);
  const wanted = poolConfig(profile.name, spec.pool);
  if (config !== wanted.name)
    return world.backends.some(({ name, ran }) => name === after.name && ran.includes(config));
  return spec.probe.policy !== 'Required' || proven.has(probeHashOf(spec, wanted, SETTINGS));
}

const isReady = ({ status }: ObservedProfile) => status.conditions?.[0]?.status === 'True';

describe('decide, with users who share its Deployments', () => {
  test('becomes idle with the wanted numbers, whatever happened', () => {
    fc.assert(
      fc.property(meddled(40), pool, policy, (all, last, lastPolicy) => {
        const world = new World();
        live(world, all);
        mend(world, last, lastPolicy);
        world.converge();
        for (const profile of world.profiles) {
          expect(profile.status.conditions?.[0]).toMatchObject({ type: 'Ready', status: 'True' });
          expect(world.backendOf(profile).configInUse).toMatch(new RegExp(`^${profile.name}-`));
          expect(decide(world.observed(profile.name)).actions).toEqual([]);
        }
        const inUse = world.configMaps.find(({ name }) => name === world.backend.configInUse);
        expect(inUse?.data['DB_POOL_MAX']).toBe(String(last.max));
      }),
      RUNS,
    );
  });

  test('writes a template once for each transition, never unproven, and never while suspended', () => {
    fc.assert(
      fc.property(meddled(60), (all) => {
        const world = new World();
        const proven = new Set<string>();
        /** What the last write to each Deployment brought, while nobody has given a reason to write it again. */
        const settled = new Map<string, string | undefined>();
        let seen = 0;
        live(world, all, (what) => {
          for (const hash of provenBy(world)) proven.add(hash);
          if (isUserAction(what)) settled.clear();
          const written = world.writes.slice(seen);
          seen = world.writes.length;
          expect(written.length).toBeLessThanOrEqual(1);
          for (const write of written) {
            const { name, uid } = write.after;
            if (settled.has(uid)) expect([name, write.config]).not.toEqual([name, settled.get(uid)]);
            settled.set(uid, write.config);
            expect(isProven(write, world, proven)).toBe(true);
            expect(specOf(write.profile).suspend && !write.profile.isDeleting).toBe(false);
          }
        });
      }),
      RUNS,
    );
  });

  test('loses nothing of what others set, and takes nothing over that it was not told to', () => {
    fc.assert(
      fc.property(meddled(60), (all) => {
        const world = new World();
        live(world, all);
        for (const write of world.writes) {
          expect(lostBy(write)).toEqual([]);
          expect(isUninvited(write)).toBe(false);
          expect(isAmbiguous(write)).toBe(false);
          expect(containersSet(write.after).length).toBeLessThanOrEqual(1);
          expect(hasMoved(write)).toBe(false);
          expect(otherWriter(write)).toBeUndefined();
        }
      }),
      RUNS,
    );
  });

  test('leaves no pod and no ReplicaSet without its ConfigMap', () => {
    fc.assert(
      fc.property(meddled(60), (all) => {
        const world = new World();
        live(world, all, () => {
          const there = world.configMaps.map(({ name }) => name);
          for (const name of world.backends.flatMap(({ configMapsNeeded }) => configMapsNeeded))
            expect(there).toContain(name);
        });
      }),
      RUNS,
    );
  });

  test('leaves nothing of itself behind where it was told to restore, whenever the profile is deleted', () => {
    fc.assert(
      fc.property(meddled(40), fc.array(fc.nat(3), { maxLength: 10 }), (all, writes) => {
        const world = new World();
        live(world, all);
        change(world, { onDelete: 'Restore' });
        world.catchUp();
        world.look();
        const { length } = world.ends;
        playEvent(world, { kind: 'delete' });
        for (const count of writes) {
          world.look(count);
          world.settle();
        }
        world.converge(['search']);
        expect(world.named('search')).toBeUndefined();
        for (const end of world.ends.slice(length)) expect(leftBehind(end)).toEqual([]);
        expect(world.probes.filter(({ job }) => job.startsWith('search-'))).toEqual([]);
      }),
      RUNS,
    );
  });

  test('is heard by a Ready profile only: of two that name one Deployment, the other waits', () => {
    fc.assert(
      fc.property(meddled(40), pool, (all, last) => {
        const world = new World();
        live(world, all);
        playEvent(world, { kind: 'second', isThere: true });
        mend(world, last, 'Disabled');
        change(world, { targetRef: { name: 'search-api' } }, 'orders');
        world.converge();
        expect(world.profiles.filter(isReady)).toHaveLength(1);
        const writes = world.writes.length;
        world.converge();
        expect(world.writes).toHaveLength(writes);
      }),
      RUNS,
    );
  });
});

describe('decide, where credentials change', () => {
  test('sends what was refused no second time, unless a person asks, and hears a word once', () => {
    fc.assert(
      fc.property(relogged(80), (all) => {
        const world = new World();
        change(world, { probe: { ...specOf(world.profile).probe, policy: 'Required' } });
        live(world, all);
        const { logons } = world.database;
        expect(repeatedRefusals(logons)).toEqual([]);
        expect(wordsHeardTwice(logons)).toEqual([]);
      }),
      RUNS,
    );
  });
});

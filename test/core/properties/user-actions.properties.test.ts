import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { poolConfig } from '../../../src/core/config/pool-config.ts';
import { decide } from '../../../src/core/decide.ts';
import type { ObservedProfile } from '../../../src/core/model/observed.ts';
import { proofKeyOf } from '../../../src/core/probe/proof-key.ts';
import { type HistoryEvent, isUserAction, playEvent, policy, pool } from './events.ts';
import { sharedHistory, credentialsHistory } from './histories.ts';
import { BranchCounts, RUNS } from './runs.ts';
import { change, forgetContests, mend, specOf } from '../simulation/user-actions.ts';
import {
  adoptedNames,
  containersSet,
  hasMoved,
  isAmbiguous,
  isFreeOfProof,
  isOverOthers,
  isUninvitedAdoption,
  leftBehind,
  lostBy,
  otherWriter,
  poolsOpened,
  repeatedRejections,
  requestsHandledTwice,
} from './invariants.ts';
import type { TemplateWrite } from '../simulation/record.ts';
import { World } from '../simulation/world.ts';

/** Plays a history, and calls `look` after each of its events. */
function playHistory(
  world: World,
  all: readonly HistoryEvent[],
  look: (what: HistoryEvent) => void = () => undefined,
): void {
  for (const what of all) {
    playEvent(world, what);
    look(what);
  }
}

const provenBy = (world: World) =>
  world.probes.filter(({ end }) => end?.succeeded === true).map(({ proofKey }) => proofKey);

/** What ran on Deployments of a name, also on those that were deleted since. */
class Ran {
  readonly #seen = new Set<string>();

  look({ backends }: World): void {
    for (const { name, ran } of backends) for (const config of ran) this.#seen.add(`${name} ${config}`);
  }

  has = (name: string, config: string) => this.#seen.has(`${name} ${config}`);
}

type Known = { readonly proven: ReadonlySet<string>; readonly ran: Ran };

/** Whether what was rolled had been proven, as far as its profile asks for that, or ran on a Deployment of this name before. */
function isProven({ config, profile, after }: TemplateWrite, { proven, ran }: Known): boolean {
  if (config === undefined || after.labels.config === undefined) return true;
  const spec = specOf(profile);
  const wanted = poolConfig(profile.name, spec.pool);
  if (config !== wanted.name) return ran.has(after.name, config);
  return spec.probe.policy !== 'Required' || proven.has(proofKeyOf(spec));
}

const lostLabels = fc.constantFrom('profile' as const, 'config' as const, 'both' as const);

const isReady = ({ status }: ObservedProfile) => status.conditions?.[0]?.status === 'True';

describe('decide, with users who share its Deployments', () => {
  test('a shared namespace becomes idle with the desired settings after any history', () => {
    const counts = new BranchCounts<'rolled out before' | 'two profiles'>();
    fc.assert(
      fc.property(sharedHistory(40), pool, policy, (all, last, lastPolicy) => {
        const world = new World();
        playHistory(world, all);
        counts.count('rolled out before', world.writes.length > 0);
        counts.count('two profiles', world.profiles.length > 1);
        mend(world, last, lastPolicy);
        world.converge();
        forgetContests(world);
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
    counts.expectAtLeast({ 'rolled out before': 0.5, 'two profiles': 0.01 });
  });

  test('a template of a shared Deployment is written once for each transition, never unproven, never while suspended', () => {
    const counts = new BranchCounts<
      'writes' | 'writes of settings that need a proof' | 'suspended profiles reconciled'
    >();
    fc.assert(
      fc.property(sharedHistory(60), (all) => {
        const world = new World();
        const [proven, opened] = [new Set<string>(), new Set<string>()];
        const ran = new Ran();
        /** What the last write to each Deployment brought, while nobody has given a reason to write it again. */
        const settled = new Map<string, string | undefined>();
        let seen = 0;
        playHistory(world, all, (what) => {
          for (const key of provenBy(world)) proven.add(key);
          for (const credentials of poolsOpened(world)) opened.add(credentials);
          if (isUserAction(what)) settled.clear();
          const written = world.writes.slice(seen);
          seen = world.writes.length;
          expect(written.length).toBeLessThanOrEqual(1);
          const first = world.named('search');
          const isSuspended = first !== undefined && specOf(first).suspend;
          counts.count('suspended profiles reconciled', what.kind === 'reconcile' && isSuspended);
          for (const write of written) {
            counts.count('writes');
            counts.count('writes of settings that need a proof', specOf(write.profile).probe.policy === 'Required');
            const { name, uid } = write.after;
            if (settled.has(uid)) expect([name, write.config]).not.toEqual([name, settled.get(uid)]);
            settled.set(uid, write.config);
            const isUnproven = !isProven(write, { proven, ran });
            if (isUnproven) expect(isFreeOfProof(write, opened)).toBe(true);
            expect(specOf(write.profile).suspend && !write.profile.isDeleting).toBe(false);
          }
          ran.look(world);
        });
      }),
      RUNS,
    );
    counts.expectAtLeast({
      writes: 0.8,
      'writes of settings that need a proof': 0.03,
      'suspended profiles reconciled': 0.03,
    });
  });

  test('an entry of another owner is never lost, and never taken over without adopt', () => {
    const counts = new BranchCounts<'writes' | 'writes over entries of others' | 'writes that keep adopted entries'>();
    fc.assert(
      fc.property(sharedHistory(60), (all) => {
        const world = new World();
        playHistory(world, all);
        for (const write of world.writes) {
          counts.count('writes');
          counts.count('writes over entries of others', isOverOthers(write));
          counts.count('writes that keep adopted entries', write.after.adoptedEnv !== undefined);
          expect(lostBy(write)).toEqual([]);
          expect(isUninvitedAdoption(write)).toBe(false);
          expect(isAmbiguous(write)).toBe(false);
          expect(containersSet(write.after).length).toBeLessThanOrEqual(1);
          expect(hasMoved(write)).toBe(false);
          expect(otherWriter(write)).toBeUndefined();
        }
      }),
      RUNS,
    );
    counts.expectAtLeast({
      writes: 0.8,
      'writes over entries of others': 0.01,
      'writes that keep adopted entries': 0.03,
    });
  });

  test('a client-side apply of a manifest without the adopted variables takes none of them away', () => {
    const counts = new BranchCounts<'applies of a manifest without them'>();
    fc.assert(
      fc.property(sharedHistory(60), (all) => {
        const world = new World();
        let isUndone = false;
        for (const what of all) {
          const before = adoptedNames(world.backend.deployment);
          const writes = world.writes.length;
          playEvent(world, what);
          // An undo brings adopted entries back without a rollout of the operator's, which would take them out of what was applied last.
          if (what.kind === 'undo') isUndone = true;
          if (world.writes.length > writes) isUndone = false;
          if (what.kind !== 'kubectlApply' || isUndone) continue;
          const names = world.backend.template.containers.flatMap(({ env }) => env.map(({ name }) => name));
          expect(names).toEqual(expect.arrayContaining([...before]));
          counts.count(
            'applies of a manifest without them',
            before.length > 0 && Object.keys(what.manifest).length === 0,
          );
        }
      }),
      RUNS,
    );
    counts.expectAtLeast({ 'applies of a manifest without them': 0.01 });
  });

  test('a pod or ReplicaSet of a shared Deployment never loses its ConfigMap', () => {
    const counts = new BranchCounts<'histories with a ConfigMap deleted'>();
    fc.assert(
      fc.property(sharedHistory(60), (all) => {
        const world = new World();
        const ever = new Set<string>();
        playHistory(world, all, () => {
          const there = world.configMaps.map(({ name }) => name);
          for (const name of there) ever.add(name);
          for (const name of world.backends.flatMap(({ configMapsNeeded }) => configMapsNeeded))
            expect(there).toContain(name);
        });
        counts.count('histories with a ConfigMap deleted', ever.size > world.configMaps.length);
      }),
      RUNS,
    );
    counts.expectAtLeast({ 'histories with a ConfigMap deleted': 0.03 });
  });

  test('a profile that is deleted with onDelete: Restore leaves nothing behind, whenever that is', () => {
    const counts = new BranchCounts<'deleted after a rollout' | 'labels lost' | 'process killed meanwhile'>();
    fc.assert(
      fc.property(
        sharedHistory(40),
        fc.option(lostLabels),
        fc.array(fc.nat(3), { maxLength: 10 }),
        (all, lost, writes) => {
          const world = new World();
          playHistory(world, all);
          change(world, { onDelete: 'Restore' });
          world.catchUp();
          world.reconcile();
          const { length } = world.ends;
          const isSet = world.backends.some(({ deployment: { labels } }) => labels.profile === 'search');
          counts.count('deleted after a rollout', isSet && world.named('search') !== undefined);
          counts.count('process killed meanwhile', writes.length > 0);
          counts.count('labels lost', isSet && lost !== null);
          if (lost !== null) playEvent(world, { kind: 'dropLabels', which: lost });
          playEvent(world, { kind: 'delete' });
          for (const count of writes) {
            world.reconcile(count);
            world.settle();
          }
          world.converge(['search']);
          expect(world.named('search')).toBeUndefined();
          for (const end of world.ends.slice(length)) expect(leftBehind(end)).toEqual([]);
          expect(world.probes.filter(({ job }) => job.startsWith('search-'))).toEqual([]);
        },
      ),
      RUNS,
    );
    counts.expectAtLeast({ 'deleted after a rollout': 0.25, 'labels lost': 0.1, 'process killed meanwhile': 0.5 });
  });

  test('a Deployment that two profiles name is set by one of them, and the other waits', () => {
    const counts = new BranchCounts<'a profile waits'>();
    fc.assert(
      fc.property(sharedHistory(40), pool, (all, last) => {
        const world = new World();
        playHistory(world, all);
        playEvent(world, { kind: 'second', isThere: true });
        mend(world, last, 'Disabled');
        change(world, { targetRef: { name: 'search-api' } }, 'orders');
        world.converge();
        forgetContests(world);
        expect(world.profiles.filter(isReady)).toHaveLength(1);
        const writes = world.writes.length;
        world.converge();
        expect(world.writes).toHaveLength(writes);
        counts.count('a profile waits', world.profiles.length === 2);
      }),
      RUNS,
    );
    counts.expectAtLeast({ 'a profile waits': 1 });
  });
});

describe('decide, where credentials change', () => {
  test('rejected credentials are not sent again but for a request, and each request is handled once', () => {
    const counts = new BranchCounts<'rejected logons' | 'forced logons'>();
    fc.assert(
      fc.property(credentialsHistory(80), (all) => {
        const world = new World();
        change(world, { probe: { ...specOf(world.profile).probe, policy: 'Required' } });
        playHistory(world, all);
        const { logons } = world.database;
        expect(repeatedRejections(logons)).toEqual([]);
        expect(requestsHandledTwice(logons)).toEqual([]);
        counts.count('rejected logons', logons.filter(({ isAccepted }) => !isAccepted).length);
        counts.count('forced logons', logons.filter(({ forcedBy }) => forcedBy !== undefined).length);
      }),
      RUNS,
    );
    counts.expectAtLeast({ 'rejected logons': 0.5, 'forced logons': 0.2 });
  });

  test('no template is written unproven, but for one that frees sessions with credentials that opened a pool', () => {
    const counts = new BranchCounts<'writes that need a proof' | 'writes that free sessions'>();
    fc.assert(
      fc.property(credentialsHistory(80), (all) => {
        const world = new World();
        const [proven, opened] = [new Set<string>(), new Set<string>()];
        const ran = new Ran();
        let seen = 0;
        playHistory(world, all, () => {
          for (const key of provenBy(world)) proven.add(key);
          for (const credentials of poolsOpened(world)) opened.add(credentials);
          for (const write of world.writes.slice(seen)) {
            const isUnproven = !isProven(write, { proven, ran });
            if (isUnproven) expect(isFreeOfProof(write, opened)).toBe(true);
            counts.count('writes that need a proof', specOf(write.profile).probe.policy === 'Required');
            counts.count('writes that free sessions', isUnproven);
          }
          seen = world.writes.length;
          ran.look(world);
        });
      }),
      RUNS,
    );
    counts.expectAtLeast({ 'writes that need a proof': 0.3, 'writes that free sessions': 0.03 });
  });
});

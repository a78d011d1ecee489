import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { poolConfig } from '../../../src/core/config/pool-config.ts';
import { decide } from '../../../src/core/decide.ts';
import type { Decision } from '../../../src/core/model/decision.ts';
import type { Observed } from '../../../src/core/model/observed.ts';
import { hasSucceeded, withStateFor } from '../../../src/core/model/config-state.ts';
import { hasFailed } from '../../../src/core/config/desired.ts';
import { proofKeyOf } from '../../../src/core/probe/proof-key.ts';
import { type ProfileStatus, statusSchema } from '../../../src/api/v1alpha1.ts';
import { verdict } from '../builders.ts';
import { event, isUserAction, playEvent, policy, pool } from './events.ts';
import { history } from './histories.ts';
import { isFreeOfProof, poolsOpened } from './invariants.ts';
import { ANY_OTHER, COLUMN, kstatusOf } from '../status/kstatus.ts';
import { BranchCounts, RUNS } from './runs.ts';
import { edit, forgetContests, mend, makeRequest, specOf } from '../simulation/user-actions.ts';
import { World } from '../simulation/world.ts';

/** Whether a ConfigMap's configuration had a succeeded probe at any time, or was good before. */
function isProven(world: World, name: string | undefined, proven: ReadonlySet<string>): boolean {
  const { pool: wanted, probe } = specOf(world.profile);
  const config = poolConfig(world.profile.name, wanted);
  const there = world.configMaps.find((one) => one.name === name);
  // Other settings were good, or a user brought them back.
  if (name !== config.name) return there?.state.lastGood !== undefined || there?.state.keptByUser !== undefined;
  return probe.policy !== 'Required' || proven.has(proofKeyOf(specOf(world.profile)));
}

const isContested = ({ profile }: World, { drift }: ProfileStatus) =>
  drift !== undefined && drift.repairs >= 5 && !profile.isDeleting && !specOf(profile).suspend;

const wasRolledBack = ({ profile: { status } }: World) =>
  status.history?.some(({ result }) => result === 'RolledBack') ?? false;

const provenBy = (world: World) =>
  world.probes.filter(({ end }) => end?.succeeded === true).map(({ proofKey }) => proofKey);

describe('decide', () => {
  test('a namespace becomes idle after any history, with the desired settings on all pods', () => {
    const counts = new BranchCounts<'rolled out before' | 'rolled back before'>();
    fc.assert(
      fc.property(history(40), pool, policy, (all, last, lastPolicy) => {
        const world = new World();
        for (const what of all) playEvent(world, what);
        counts.count('rolled out before', world.templateWrites.length > 0);
        counts.count('rolled back before', wasRolledBack(world));
        mend(world, last, lastPolicy);
        world.converge();
        forgetContests(world);
        expect(world.profile.status.conditions?.[0]).toMatchObject({ type: 'Ready', status: 'True' });
        const inUse = world.configMaps.find(({ name }) => name === world.backend.configInUse);
        expect(inUse?.data['DB_POOL_MAX']).toBe(String(last.max));
        expect(decide(world.observed()).actions).toEqual([]);
      }),
      RUNS,
    );
    counts.expectAtLeast({ 'rolled out before': 0.5, 'rolled back before': 0.03 });
  });

  test('an idle namespace has nothing to do, and a status that stays the same and that the API server accepts', () => {
    const counts = new BranchCounts<'ready' | 'not ready'>();
    fc.assert(
      fc.property(history(30), (all) => {
        const world = new World();
        for (const what of all) playEvent(world, what);
        world.database.nextVerdict = verdict();
        makeRequest(world, { probeRequestedAt: 'now' });
        world.converge();
        const again = decide(world.observed());
        expect(again.actions).toEqual([]);
        expect(again.status).toEqual(world.profile.status);
        expect(statusSchema.parse(again.status)).toEqual(again.status);
        counts.count(again.status.conditions?.[0]?.status === 'True' ? 'ready' : 'not ready');
      }),
      RUNS,
    );
    counts.expectAtLeast({ ready: 0.3, 'not ready': 0.01 });
  });

  test('a template is written once for each transition, never with unproven settings, and never with failed ones', () => {
    const counts = new BranchCounts<
      | 'writes'
      | 'writes of settings that need a proof'
      | 'writes that free sessions'
      | 'writes while others have failed'
    >();
    fc.assert(
      fc.property(history(60), (all) => {
        const world = new World();
        const [proven, opened] = [new Set<string>(), new Set<string>()];
        // What the operator's last write brought, as long as nobody has given it a reason to write it again.
        let settled: { readonly target: string | undefined } | undefined;
        for (const what of all) {
          for (const hash of provenBy(world)) proven.add(hash);
          for (const credentials of poolsOpened(world)) opened.add(credentials);
          const before = world.writes.length;
          const known = withStateFor(world.backend.deployment, world.configMaps);
          // On a Deployment that was created anew, settings that failed get one new try.
          const bad = known.filter(({ state: marks }) => hasFailed(marks, world.profile)).map(({ name }) => name);
          playEvent(world, what);
          if (isUserAction(what)) settled = undefined;
          const written = world.writes.slice(before);
          if (written.length === 0) continue;
          counts.count('writes');
          counts.count('writes of settings that need a proof', specOf(world.profile).probe.policy === 'Required');
          counts.count('writes while others have failed', bad.length > 0);
          const [write] = written;
          const target = write?.config;
          expect(written).toHaveLength(1);
          if (settled !== undefined) expect(target).not.toBe(settled.target);
          if (write !== undefined && target !== undefined) {
            const isUnproven = !isProven(world, target, proven);
            if (isUnproven) expect(isFreeOfProof(write, opened)).toBe(true);
            counts.count('writes that free sessions', isUnproven);
            expect(bad).not.toContain(target);
          }
          expect(specOf(world.profile).suspend).toBe(false);
          settled = { target };
        }
      }),
      RUNS,
    );
    counts.expectAtLeast({
      writes: 1.5,
      'writes of settings that need a proof': 0.05,
      'writes that free sessions': 0.03,
      'writes while others have failed': 0.03,
    });
  });

  test('a pod or ReplicaSet never loses its ConfigMap', () => {
    const counts = new BranchCounts<'histories with a ConfigMap deleted' | 'histories with two ConfigMaps in use'>();
    fc.assert(
      fc.property(history(60), (all) => {
        const world = new World();
        const ever = new Set<string>();
        let mostNeeded = 0;
        for (const what of all) {
          playEvent(world, what);
          const there = world.configMaps.map(({ name }) => name);
          for (const name of there) ever.add(name);
          for (const name of world.backend.configMapsNeeded) expect(there).toContain(name);
          mostNeeded = Math.max(mostNeeded, new Set(world.backend.configMapsNeeded).size);
        }
        counts.count('histories with a ConfigMap deleted', ever.size > world.configMaps.length);
        counts.count('histories with two ConfigMaps in use', mostNeeded > 1);
      }),
      RUNS,
    );
    counts.expectAtLeast({ 'histories with a ConfigMap deleted': 0.03, 'histories with two ConfigMaps in use': 0.3 });
  });

  test('a ConfigMap stays as long as a revision needs it, through any series of rollouts, and no longer', () => {
    const counts = new BranchCounts<'ConfigMaps deleted'>();
    fc.assert(
      fc.property(fc.array(pool, { minLength: 4, maxLength: 12, size: 'max' }), (all) => {
        const world = new World();
        const ever = new Set<string>();
        for (const numbers of all) {
          edit(world, numbers, 'Disabled');
          world.converge();
          const there = world.configMaps.map(({ name }) => name);
          for (const name of there) ever.add(name);
          for (const name of world.backend.configMapsNeeded) expect(there).toContain(name);
          // Those of the ReplicaSets, and the last good.
          expect(there.length).toBeLessThanOrEqual(new Set(world.backend.configMapsNeeded).size + 1);
        }
        counts.count('ConfigMaps deleted', ever.size - world.configMaps.length);
      }),
      RUNS,
    );
    counts.expectAtLeast({ 'ConfigMaps deleted': 0.3 });
  });

  test('a rollout that a user took back stays so, through any crashes, until a retry is requested', () => {
    const counts = new BranchCounts<'reconciled after the undo'>();
    const quiet = event.filter(({ kind }) =>
      ['reconcile', 'crash', 'settle', 'observe', 'wait', 'fallBehind', 'catchUp', 'scale'].includes(kind),
    );
    fc.assert(
      fc.property(
        history(25),
        fc.uniqueArray(pool, { minLength: 2, maxLength: 2, selector: ({ min, max }) => min + max }),
        fc.array(quiet, { maxLength: 25 }),
        (all, [first, second], after) => {
          const world = new World();
          for (const what of all) playEvent(world, what);
          // Where somebody took the variables away again and again, the settings would have to wait for 4 h at most.
          world.wait(4 * 3_600_000);
          for (const numbers of [first, second]) {
            if (numbers !== undefined) mend(world, numbers, 'Disabled');
            world.converge();
          }
          const [writes, wanted] = [world.templateWrites.length, world.backend.configInUse];
          world.backend.undo();
          const undone = world.backend.configInUse;
          fc.pre(undone !== undefined && undone !== wanted);
          for (const what of after) playEvent(world, what);
          counts.count(
            'reconciled after the undo',
            after.some(({ kind }) => kind === 'reconcile' || kind === 'crash'),
          );
          expect(world.templateWrites.length).toBe(writes);
          world.converge();
          expect(world.profile.status.conditions?.[0]).toMatchObject({ type: 'Ready', reason: 'UndoneByUser' });
          world.profile = { ...world.profile, retryRequestedAt: 'again' };
          world.converge();
          expect(world.backend.configInUse).toBe(wanted);
          expect(world.templateWrites.length).toBe(writes + 1);
        },
      ),
      RUNS,
    );
    counts.expectAtLeast({ 'reconciled after the undo': 0.35 });
  });

  test('a rejected logon is not repeated, however long it is waited', () => {
    const counts = new BranchCounts<'reconciled after the rejection' | 'probes after the rejection'>();
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 86_400_000 }), { maxLength: 20 }), pool, (waits, numbers) => {
        const world = new World();
        world.database.nextVerdict = verdict({
          outcome: 'PermanentFailure',
          reason: 'AuthenticationFailed',
          stage: 'logon',
        });
        edit(world, numbers, 'Required');
        for (const ms of waits) {
          world.reconcile();
          world.settle();
          world.now += ms;
        }
        expect(world.templateWrites).toEqual([]);
        expect(world.database.logons).toHaveLength(Math.min(1, waits.length));
        counts.count('reconciled after the rejection', Math.max(0, waits.length - 1));
        counts.count('probes after the rejection', world.probes.length > 1);
      }),
      RUNS,
    );
    counts.expectAtLeast({ 'reconciled after the rejection': 1.5, 'probes after the rejection': 0.3 });
  });

  test('Ready is True only with the desired settings, proven, on all pods; or suspended, with all pods available. Contested, it is Stalled. kstatus is as the reference says', () => {
    const counts = new BranchCounts<'ready' | 'ready with a required probe' | 'ready while suspended' | 'contested'>();
    fc.assert(
      fc.property(history(40), (all) => {
        const world = new World();
        const proven = new Set<string>();
        let wasReady = false;
        let wasReadyByProbe = false;
        let wasReadySuspended = false;
        let wasContested = false;
        const check = () => {
          const { status } = decide(world.observed());
          const [ready] = status.conditions ?? [];
          if (ready !== undefined && !world.profile.isDeleting)
            expect((COLUMN.get(ready.reason) ?? ANY_OTHER).split(', ')).toContain(kstatusOf({ status }));
          if (isContested(world, status)) {
            wasContested = true;
            expect(kstatusOf({ status })).toBe('Failed');
          }
          if (ready?.status !== 'True') return;
          if (ready.reason === 'Suspended') {
            wasReadySuspended = true;
            const { availableReplicas } = world.backend.deployment.status;
            expect(specOf(world.profile).suspend).toBe(true);
            expect(availableReplicas).toBeGreaterThanOrEqual(world.backend.deployment.replicas);
            return;
          }
          wasReady = true;
          wasReadyByProbe ||= specOf(world.profile).probe.policy === 'Required';
          const { replicas } = world.backend.deployment;
          const summary = `${replicas}/${replicas}`;
          expect(isProven(world, world.backend.configInUse, proven)).toBe(true);
          expect(status.pods).toMatchObject({ desired: replicas, updated: replicas, summary });
          expect(status.observedGeneration).toBe(world.profile.generation);
        };
        for (const what of all) {
          playEvent(world, what);
          for (const hash of provenBy(world)) proven.add(hash);
          if (!world.isBehind) check();
        }
        world.catchUp();
        check();
        counts.count('ready', wasReady);
        counts.count('ready with a required probe', wasReadyByProbe);
        counts.count('ready while suspended', wasReadySuspended);
        counts.count('contested', wasContested);
      }),
      RUNS,
    );
    counts.expectAtLeast({
      ready: 0.3,
      'ready with a required probe': 0.03,
      'ready while suspended': 0.03,
      contested: 0.03,
    });
  });

  test('an upgrade of the operator changes no condition and no template, whenever it comes', () => {
    const counts = new BranchCounts<
      'ready' | 'proven' | 'a probe runs' | 'templates written' | 'an observation runs'
    >();
    const conditionsOf = ({ status }: Decision) =>
      status.conditions?.map(({ type, status: is, reason }) => [type, is, reason]);
    const templatesOf = ({ actions }: Decision) => actions.filter(({ object }) => object.kind === 'Deployment');
    const upgrade = (seen: Observed) => {
      // As the operator does when it begins to lead.
      const leadsSince = Math.max(seen.now, ...seen.probes.map(({ createdAt }) => createdAt));
      const restarted = { ...seen, settings: { ...seen.settings, leadsSince } };
      const settings = { ...restarted.settings, probeImage: 'dbpool-operator:next' };
      // An observation that runs begins again with each start.
      const isObserving = seen.configMaps.some(
        ({ state }) => state.rollout?.completedAt !== undefined && !hasSucceeded(state),
      );
      counts.count('an observation runs', isObserving);
      const [before, after] = [decide(isObserving ? restarted : seen), decide({ ...seen, settings })];
      expect(conditionsOf(after)).toEqual(conditionsOf(before));
      expect(templatesOf(after)).toEqual(templatesOf(before));
      counts.count('ready', before.status.conditions?.[0]?.status === 'True');
      counts.count('templates written', templatesOf(before).length);
      const isProven = seen.configMaps.some(({ state }) => state.proof !== undefined);
      counts.count('proven', isProven);
      const isProbing = seen.probes.some(({ end }) => end === undefined);
      counts.count('a probe runs', isProbing);
    };
    fc.assert(
      fc.property(history(30), (all) => {
        const world = new World();
        for (const what of all) {
          playEvent(world, what);
          upgrade(world.observed());
        }
      }),
      RUNS,
    );
    counts.expectAtLeast({
      ready: 1,
      proven: 1,
      'a probe runs': 0.3,
      'templates written': 0.3,
      'an observation runs': 0.1,
    });
  });

  test('a decision depends on its input alone, and not on the order in which objects are listed', () => {
    const counts = new BranchCounts<'several of a kind' | 'actions'>();
    fc.assert(
      fc.property(history(30), (all) => {
        const world = new World();
        for (const what of all) playEvent(world, what);
        const seen = world.observed();
        const reversed = {
          ...seen,
          configMaps: seen.configMaps.toReversed(),
          probes: seen.probes.toReversed(),
          replicaSets: seen.replicaSets.toReversed(),
        };
        const sorted = (value: { actions: readonly unknown[] }) =>
          value.actions.map((action) => JSON.stringify(action)).toSorted();
        expect(decide(reversed).status).toEqual(decide(seen).status);
        expect(sorted(decide(reversed))).toEqual(sorted(decide(seen)));
        expect(decide(seen)).toEqual(decide(seen));
        const { configMaps, probes, replicaSets } = seen;
        counts.count(
          'several of a kind',
          [configMaps, probes, replicaSets].some((listed) => listed.length > 1),
        );
        counts.count('actions', decide(seen).actions.length > 0);
      }),
      RUNS,
    );
    counts.expectAtLeast({ 'several of a kind': 0.35, actions: 0.08 });
  });
});

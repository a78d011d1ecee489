/**
 * The incident that the product is for: the pools have taken all sessions of the database, and the probe gets none either. Its verdict
 * says to lower max.
 */
import { describe, expect, test } from 'vitest';
import type { Verdict } from '../../../src/contract/verdict.ts';
import { poolConfig } from '../../../src/core/config/pool-config.ts';
import { authenticationFailed, connectionRefused, spec, verdict } from '../builders.ts';
import { dropLabels } from '../simulation/disruptions.ts';
import {
  change,
  dropVariable,
  edit,
  makeRequest,
  setByHand,
  setCredentials,
  specOf,
} from '../simulation/user-actions.ts';
import { World } from '../simulation/world.ts';

const SESSIONS = 150;
const MINUTE = 60_000;

const settings = (max: number, changes: object = {}) => ({ ...spec().pool, max, ...changes });
const nameOf = (max: number, changes: object = {}) => poolConfig('search', settings(max, changes)).name;

const full = (reason = 'SessionLimitReached', code = 'ORA-00018', stage: Verdict['stage'] = 'logon') =>
  verdict({ outcome: 'InsufficientCapacity', reason, code, stage, message: `${code}: no session left.` });

const sessionsHeld = ({ backend }: World) => backend.pods.reduce((sum, { max = 0 }) => sum + max, 0);

/** Three pods with pools of 60 have all sessions of the database. */
function worldWithFullDatabase(said: Verdict = full()): World {
  const world = new World();
  edit(world, settings(60), 'Required');
  world.converge();
  world.database.nextVerdict = said;
  return world;
}

/** The profile asks for a probe, which ends with what the database says next. */
function probeAgain(world: World, said: Verdict): void {
  world.database.nextVerdict = said;
  makeRequest(world, { probeRequestedAt: String(world.now) });
  world.reconcile();
  world.settle();
  world.reconcile();
}

/** Minutes pass. The database takes logons again once there are fewer sessions. */
function pass(world: World, minutes: number, said: Verdict = full(), sessions = SESSIONS): void {
  for (let minute = 0; minute < minutes; minute += 1) {
    world.database.nextVerdict = sessionsHeld(world) >= sessions ? said : verdict();
    world.reconcile();
    world.settle();
    world.wait(MINUTE);
  }
}

const conditionOf = (world: World, type: string) =>
  world.profile.status.conditions?.find((condition) => condition.type === type);

describe('a database without a free session', () => {
  test.for<[string, string, Verdict['stage']]>([
    ['SessionLimitReached', 'ORA-00018', 'logon'],
    ['NoHandlerAvailable', 'ORA-12516', 'listener'],
    ['UserSessionLimitReached', 'ORA-02391', 'logon'],
  ])('max is lowered as the verdict %s advises, and the backend gets it', ([reason, code, stage]) => {
    const said = full(reason, code, stage);
    const world = worldWithFullDatabase(said);
    edit(world, settings(20), 'Required');
    pass(world, 2, said);
    expect(world.backend.configInUse).toBe(nameOf(20));
    expect(world.templateWrites).toEqual([nameOf(60), nameOf(20)]);
    pass(world, 15, said);
    expect(conditionOf(world, 'Ready')).toMatchObject({ status: 'True' });
  });

  test('a new pod that gets no session either is no failure of the lower max, which the backend gets once sessions are free', () => {
    const world = worldWithFullDatabase();
    world.backend.crashAbove = 10;
    edit(world, settings(20), 'Required');
    pass(world, 20);
    expect(conditionOf(world, 'RolledOut')).toMatchObject({ status: 'False', reason: 'SessionsExhausted' });
    expect(world.templateWrites).toEqual([nameOf(60), nameOf(20)]);
    world.backend.crashAbove = Number.POSITIVE_INFINITY;
    pass(world, 15);
    expect(conditionOf(world, 'Ready')).toMatchObject({ status: 'True' });
    expect(world.templateWrites).toEqual([nameOf(60), nameOf(20)]);
    expect(world.profile.status.lastFailed).toBeUndefined();
  });

  test.for(['profile', 'config', 'both'] as const)(
    'the lower max is rolled out although the template has lost its labels: %s',
    (which) => {
      const world = worldWithFullDatabase();
      dropLabels(world.backend, which);
      world.settle();
      edit(world, settings(40), 'Required');
      pass(world, 30);
      expect(world.backend.configInUse).toBe(nameOf(40));
    },
  );

  test('the profile says why the rollout goes on without a proof', () => {
    const world = worldWithFullDatabase();
    edit(world, settings(20), 'Required');
    for (let round = 0; round < 4; round += 1) {
      world.reconcile();
      for (const probe of world.probes) if (probe.end === undefined) world.settle();
    }
    const probe = conditionOf(world, 'ProbeSucceeded');
    expect(probe).toMatchObject({ status: 'False', reason: 'SessionLimitReached' });
    expect(probe?.message).toContain('The rollout needs no proof, because it frees sessions');
    const record = world.configMaps.find(({ name }) => name === nameOf(20));
    expect(record?.state.rollout).toMatchObject({ freesSessions: true });
  });

  test.for<[string, ReturnType<typeof settings>]>([
    ['a higher max', settings(80)],
    ['the same max and a lower min', settings(60, { min: 0 })],
    ['a lower max and a higher min', settings(20, { min: 10 })],
    ['a lower max and connections that are replaced sooner', settings(20, { recycleSeconds: 600 })],
  ])('%s waits for a proof', ([, wanted]) => {
    const world = worldWithFullDatabase();
    edit(world, wanted, 'Required');
    pass(world, 60);
    expect(world.templateWrites).toEqual([nameOf(60)]);
  });

  test.for<[string, ReturnType<typeof settings>]>([
    ['connections that are never replaced', settings(20, { recycleSeconds: 0 })],
    ['a lower min, and another time that a caller waits', settings(20, { min: 0, timeoutSeconds: 5 })],
  ])('a lower max with %s waits for no proof', ([, wanted]) => {
    const world = worldWithFullDatabase();
    edit(world, wanted, 'Required');
    pass(world, 2);
    expect(world.templateWrites).toEqual([nameOf(60), poolConfig('search', wanted).name]);
  });

  test.for<[string, (world: World) => void]>([
    ['the Secret has a wrong password', ({ database }) => (database.secrets['search-api-db'] = 'wrong')],
    ['another Secret is named', (world) => setCredentials(world, 'other-db')],
    [
      'the password is another one',
      ({ database }) => {
        database.password = 'other';
        database.secrets['search-api-db'] = 'other';
      },
    ],
    [
      'the database is another one',
      (world) => {
        const { database } = specOf(world.profile);
        if (database !== undefined) change(world, { database: { ...database, connectString: 'other:1521/P' } });
      },
    ],
  ])('a lower max waits for a proof where %s', ([, meddle]) => {
    const world = worldWithFullDatabase();
    meddle(world);
    edit(world, settings(20), 'Required');
    pass(world, 60);
    expect(world.templateWrites).toEqual([nameOf(60)]);
  });

  test.for<[string, Verdict]>([
    ['refused the logon', authenticationFailed],
    ['is not there', connectionRefused],
    ['said nothing', verdict({ outcome: 'Inconclusive', reason: 'UnsupportedByProbe', stage: 'logon' })],
  ])('a lower max waits for a proof where the database %s', ([, said]) => {
    const world = worldWithFullDatabase(said);
    edit(world, settings(20), 'Required');
    pass(world, 60, said);
    expect(world.templateWrites).toEqual([nameOf(60)]);
  });

  test('a lower max waits while a later probe finds no Secret', () => {
    const world = worldWithFullDatabase();
    edit(world, settings(20), 'Required', { windows: [{ schedule: '0 0 1 1 *', durationSeconds: 3600 }] });
    pass(world, 3);
    expect(world.templateWrites).toEqual([nameOf(60)]);
    const last = world.probes.at(-1);
    if (last === undefined) throw new Error('there is a probe');
    const waiting = { reason: 'CreateContainerConfigError', message: 'secret "search-api-db" not found' };
    const pods = last.pods.map((pod) => ({ ...pod, waiting, terminated: undefined }));
    world.probes = [...world.probes, { ...last, job: `${last.job}9`, attempt: last.attempt + 1, end: undefined, pods }];
    change(world, { rollout: spec().rollout });
    world.reconcile();
    expect(world.templateWrites).toEqual([nameOf(60)]);
  });

  test('a first rollout waits for a proof, whatever runs', () => {
    const world = new World();
    edit(world, settings(20), 'Required');
    pass(world, 60, full(), 0);
    expect(world.templateWrites).toEqual([]);
  });
});

describe('new pods of a lower max that get no session', () => {
  type Policy = Parameters<typeof edit>[2];

  /** max goes from 60 to 40, and each new pod crashes; `said` is what the newest probe has found. */
  function lowered(policy: Policy, said: Verdict, { before = policy, isProven = false } = {}): World {
    const world = new World();
    if (isProven) {
      edit(world, settings(40), before);
      world.converge();
    }
    edit(world, settings(60), before);
    world.converge();
    probeAgain(world, said);
    world.backend.crashAbove = 10;
    edit(world, settings(40), policy);
    pass(world, 20, said);
    return world;
  }

  test.for<[string, Policy, Parameters<typeof lowered>[2]]>([
    ['policy Advisory', 'Advisory', {}],
    ['policy Required and a lower max that was proven before', 'Required', { isProven: true }],
    ['policy Disabled since', 'Disabled', { before: 'Required' }],
  ])('are no failure of it: %s', ([, policy, how]) => {
    const world = lowered(policy, full(), how);
    expect(conditionOf(world, 'RolledOut')).toMatchObject({ status: 'False', reason: 'SessionsExhausted' });
    world.backend.crashAbove = Number.POSITIVE_INFINITY;
    pass(world, 15);
    expect(conditionOf(world, 'Ready')).toMatchObject({ status: 'True' });
    expect(world.templateWrites.slice(-2)).toEqual([nameOf(60), nameOf(40)]);
    expect(world.profile.status.lastFailed).toBeUndefined();
  });

  test('are no failure of it where the probe finds only after the start that the database is full', () => {
    const world = new World();
    edit(world, settings(60), 'Advisory');
    world.converge();
    world.database.nextVerdict = full();
    world.backend.crashAbove = 10;
    edit(world, settings(40), 'Advisory');
    pass(world, 20);
    expect(world.templateWrites).toEqual([nameOf(60), nameOf(40)]);
    expect(world.profile.status.lastFailed).toBeUndefined();
    expect(conditionOf(world, 'RolledOut')).toMatchObject({ status: 'False', reason: 'SessionsExhausted' });
  });

  test.for<[string, Policy, Verdict, Parameters<typeof lowered>[2]]>([
    ['opened the pool', 'Advisory', verdict(), {}],
    ['was refused', 'Advisory', authenticationFailed, {}],
    ['did not find the database', 'Advisory', connectionRefused, {}],
    ['was refused, and probes are disabled since', 'Disabled', authenticationFailed, { before: 'Required' }],
  ])('are its failure where the newest probe %s', ([, policy, said, how]) => {
    const world = lowered(policy, said, how);
    expect(world.profile.status.lastFailed).toMatchObject({ max: 40 });
    expect(world.templateWrites).toEqual([nameOf(60), nameOf(40), nameOf(60)]);
  });

  test('are its failure where another database was full', () => {
    const world = new World();
    edit(world, settings(60), 'Advisory');
    world.converge();
    probeAgain(world, full());
    const { database } = specOf(world.profile);
    if (database === undefined) throw new Error('there is a database');
    change(world, { database: { ...database, connectString: 'other:1521/P' } });
    world.backend.crashAbove = 10;
    edit(world, settings(40), 'Disabled');
    pass(world, 20);
    expect(world.profile.status.lastFailed).toMatchObject({ max: 40 });
  });

  test('are no failure of the settings of a rollback either', () => {
    const world = new World();
    edit(world, settings(40), 'Advisory');
    world.converge();
    world.database.nextVerdict = full();
    world.backend.crashAbove = 10;
    edit(world, settings(60), 'Advisory');
    pass(world, 20, full(), 0);
    expect(world.profile.status.lastFailed).toMatchObject({ max: 60 });
    expect(world.templateWrites).toEqual([nameOf(40), nameOf(60), nameOf(40)]);
    const [record] = world.configMaps.filter(({ name }) => name === nameOf(40));
    expect(record?.state).toMatchObject({ rollout: { freesSessions: true } });
    expect(record?.state).not.toHaveProperty('failed');
  });
});

describe('variables that were edited while the probe fails', () => {
  test.for<[string, (world: World) => void]>([
    ['taken away', ({ backend }) => dropVariable(backend, 'DB_POOL_MAX')],
    ['set by hand', ({ backend }) => setByHand(backend, '99')],
  ])('a lower max waits for no proof where the variables were %s', ([, meddle]) => {
    const world = worldWithFullDatabase();
    meddle(world);
    edit(world, settings(20), 'Required');
    pass(world, 3, full(), 0);
    expect(world.templateWrites).toEqual([nameOf(60), nameOf(20)]);
  });

  test.for<[string, ReturnType<typeof settings>, (world: World) => void]>([
    ['a higher max', settings(80), ({ backend }) => dropVariable(backend, 'DB_POOL_MAX')],
    ['the same max and a lower min', settings(60, { min: 0 }), ({ backend }) => dropVariable(backend, 'DB_POOL_MAX')],
  ])('%s waits for a proof, and the former settings are put back', ([, wanted, meddle]) => {
    const world = worldWithFullDatabase();
    meddle(world);
    edit(world, wanted, 'Required');
    pass(world, 60, full(), 0);
    expect(world.templateWrites).toEqual([nameOf(60), nameOf(60)]);
  });

  test('a max above that of the hand waits for a proof, and nothing higher is put back', () => {
    const world = worldWithFullDatabase();
    setByHand(world.backend, '20');
    edit(world, settings(40), 'Required');
    pass(world, 60, full(), 0);
    expect(world.templateWrites).toEqual([nameOf(60)]);
  });

  const drifted = (said: Verdict): World => {
    const world = worldWithFullDatabase();
    change(world, { probe: { ...specOf(world.profile).probe, intervalSeconds: 3600 } });
    world.database.nextVerdict = said;
    world.wait(2 * 3_600_000);
    for (let round = 0; round < 3; round += 1) {
      world.reconcile();
      world.settle();
    }
    expect(conditionOf(world, 'ProbeSucceeded')).toMatchObject({ status: 'False' });
    setByHand(world.backend, '99');
    world.settle();
    world.reconcile();
    return world;
  };

  test.for<[string, Verdict]>([
    ['the database has no session left', full()],
    ['the database is not there', connectionRefused],
  ])('variables that were proven are set again where %s', ([, said]) => {
    expect(drifted(said).templateWrites).toEqual([nameOf(60), nameOf(60)]);
  });

  test('variables that were proven are not set again where the logon was rejected', () => {
    expect(drifted(authenticationFailed).templateWrites).toEqual([nameOf(60)]);
  });
});

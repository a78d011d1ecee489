/** Whatever the API server sends of a watched kind is read, and what is decided of it can be written. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fitStatus } from '../../src/api/v1alpha1.ts';
import { statusAfterFailedWrite } from '../../src/controller/act/failed-write.ts';
import { observeBackend } from '../../src/controller/observe/backend.ts';
import { DatabaseGroups } from '../../src/controller/observe/database-groups.ts';
import { InFlight } from '../../src/controller/observe/in-flight.ts';
import { ProbeSlots } from '../../src/controller/observe/probe-slots.ts';
import { observeShared } from '../../src/controller/observe/shared.ts';
import { type Caches, createCaches } from '../../src/controller/watch/caches.ts';
import { editLastApplied } from '../../src/core/model/last-applied.ts';
import { decide } from '../../src/core/decide.ts';
import { ApiError } from '../../src/kube/errors.ts';
import { isNamed, type KubeObject } from '../../src/kube/types.ts';
import { NOW, SETTINGS } from '../core/builders.ts';
import { violationsOf } from '../support/crd.ts';
import { hostile } from '../support/hostile.ts';
import { LOGON_RESULTS, WATCHED_OBJECTS } from '../support/watched-objects.ts';

const KINDS = Object.keys(WATCHED_OBJECTS) as (keyof Caches)[];
const RUNS = { numRuns: Number(process.env['DBPOOL_PROPERTY_RUNS'] ?? 150), verbose: 0 as const };

const error = new ApiError('POST configmaps', { code: 403, reason: 'Forbidden', message: 'exceeded quota' });

/** Everything that the caches of an operator hold, and what it decides on. */
function observe(objects: Objects) {
  const caches = createCaches(
    undefined,
    () => undefined,
    (unreadable) => {
      throw unreadable.cause;
    },
    () => NOW,
  );
  // The Deployments come after the profiles. A list with anything else than objects is no list: the reflector says so.
  for (const kind of KINDS)
    caches[kind].apply({ kind: 'replace', items: objects[kind].filter(isNamed), earlier: new Set(), version: '1' });
  const sources = { caches, settings: { ...SETTINGS, leadsSince: NOW }, now: () => NOW };
  const deps = { ...sources, inFlight: new InFlight(), enqueue: () => undefined };
  const groups = new DatabaseGroups(deps);
  const probeSlots = new ProbeSlots(deps);
  for (const { namespace, name } of caches.profiles.values) {
    groups.markDirty(`${namespace}/${name}`);
    probeSlots.markDirty(`${namespace}/${name}`);
  }
  return caches.profiles.values.flatMap(({ namespace, name }) => {
    const backend = observeBackend(`${namespace}/${name}`, sources);
    if (backend === undefined) return [];
    const shared = observeShared(backend, { caches, groups, probeSlots });
    return { ...backend, podSelectors: undefined, unlabelledPods: undefined, shared };
  });
}

type Objects = Readonly<Record<keyof Caches, readonly KubeObject[]>>;

const samples = (of: (sample: KubeObject, kind: keyof Caches) => fc.Arbitrary<KubeObject>) =>
  fc.record({
    ...Object.fromEntries(KINDS.map((kind) => [kind, of(WATCHED_OBJECTS[kind], kind).map((one) => [one])])),
    configMaps: fc.tuple(of(WATCHED_OBJECTS.configMaps, 'configMaps'), of(LOGON_RESULTS, 'configMaps')),
  }) as unknown as fc.Arbitrary<Objects>;

const expectAStatus = (objects: Objects): number => {
  const seen = observe(objects);
  for (const observed of seen) {
    const { status, actions } = decide(observed);
    expect(violationsOf(fitStatus(status))).toEqual([]);
    for (const pending of [actions, actions.slice(1)])
      expect(violationsOf(fitStatus(statusAfterFailedWrite(status, observed, { error, pending })))).toEqual([]);
  }
  return seen.length;
};

test('the samples are read, and decided on', () => {
  const [objects] = fc.sample(samples(fc.constant), 1);
  expect(objects && expectAStatus(objects)).toBe(1);
});

test.for(KINDS)('objects of the %s as nobody writes them are read, and the status can be written', (hostileKind) => {
  let decided = 0;
  fc.assert(
    fc.property(
      samples((sample, kind) => (kind === hostileKind ? hostile(sample) : fc.constant(sample))),
      (objects) => {
        decided += expectAStatus(objects);
      },
    ),
    RUNS,
  );
  expect(decided).toBeGreaterThan(RUNS.numRuns / 2);
});

test('objects of all kinds at once as nobody writes them are read, and the status can be written', () => {
  fc.assert(
    fc.property(samples(hostile), (objects) => void expectAStatus(objects)),
    RUNS,
  );
});

test('the annotation of client-side apply is edited, or left as it is', () => {
  const manifest = { spec: { template: { spec: { containers: [{ name: 'app', env: [{ name: 'A' }], x: [[]] }] } } } };
  const edit = { container: 'app', remove: ['A'], add: [{ name: 'B' }] };
  fc.assert(
    fc.property(hostile(manifest), (one) => {
      const edited = editLastApplied(JSON.stringify(one), edit);
      if (edited !== undefined) JSON.parse(edited);
    }),
    RUNS,
  );
});

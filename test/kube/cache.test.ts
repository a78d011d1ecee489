import { beforeEach, describe, expect, it, test } from 'vitest';
import { Cache, type CacheOptions, type UnreadableObjectError } from '../../src/kube/cache.ts';
import type { ReflectorEvent } from '../../src/kube/reflector.ts';
import type { KubeObject } from '../../src/kube/types.ts';
import { configMap } from '../support/answers.ts';

type Value = { readonly namespace: string; readonly name: string; readonly colour: string };

let changes: string[];
let reported: UnreadableObjectError[];
let cache: Cache<Value, 'colour'>;

/** A cache of ConfigMaps that knows each by its colour, and cannot read what has none. */
beforeEach(() => {
  changes = [];
  reported = [];
  cache = new Cache<Value, 'colour'>(options);
});

const options: CacheOptions<Value, 'colour'> = {
  transform: (object) => {
    const { data } = object as { readonly data: { readonly colour?: string } };
    if (data.colour === undefined) throw new TypeError('no colour');
    const { namespace = '', name = '' } = object.metadata ?? {};
    return { namespace, name, colour: data.colour };
  },
  indexers: { colour: ({ namespace, colour }) => [`${namespace}/${colour}`] },
  onChange: (before, after) => changes.push(`${inWords(before)} -> ${inWords(after)}`),
  onUnreadable: (error) => reported.push(error),
};

const inWords = (value: Value | undefined) => (value === undefined ? 'none' : `${value.name} ${value.colour}`);

const coloured = (name: string, version: string, colour: string, uid = `uid-${name}`): KubeObject =>
  configMap(name, version, { uid, data: { colour } });

const replace = (version: string, ...items: readonly KubeObject[]): ReflectorEvent => ({
  kind: 'replace',
  items,
  earlier: new Set(),
  version,
});
const apply = (object: KubeObject): ReflectorEvent => ({ kind: 'apply', object });
const remove = (object: KubeObject): ReflectorEvent => ({ kind: 'delete', object });
const failed = { kind: 'error', error: new Error('torn'), retryInMs: 1 } as const;

/** What the cache holds afterwards, by both of its ways in. */
const holds = () =>
  ['a', 'b', 'c'].flatMap((name) => {
    const value = cache.get('shop', name);
    if (value === undefined) return [];
    expect(cache.byIndex('colour', `shop/${value.colour}`)).toContain(value);
    return [inWords(value)];
  });

describe('Cache: a list', () => {
  test('a complete list makes the cache synced; a bookmark or an error does not', async () => {
    cache.apply(failed);
    expect(cache.syncState.of('shop')).toMatchObject({ lastContactAt: Number.NEGATIVE_INFINITY, error: failed.error });
    cache.apply({ kind: 'bookmark', version: '1' });
    expect(cache.syncState.of('shop')).toMatchObject({ isSynced: false, error: undefined });
    const from = performance.now();
    cache.apply(replace('1'));
    await cache.syncState.synced('shop');
    expect(cache.syncState.of('shop').isSynced).toBe(true);
    expect(cache.syncState.of('shop').lastContactAt).toBeGreaterThanOrEqual(from);
  });

  test('a list reports what was created, changed and deleted since the last one, and nothing else', () => {
    cache.apply(replace('5', coloured('a', '1', 'red'), coloured('b', '2', 'red'), coloured('c', '3', 'red')));
    changes.length = 0;
    cache.apply(replace('9', coloured('a', '1', 'red'), coloured('b', '7', 'blue')));
    expect(changes).toEqual(['c red -> none', 'b red -> b blue']);
    expect(holds()).toEqual(['a red', 'b blue']);
    expect(cache.size).toBe(2);
  });

  test('each page of a list is applied at once, and the last one deletes what no page has', () => {
    cache.apply(replace('5', coloured('a', '1', 'red'), coloured('b', '2', 'red'), coloured('c', '3', 'red')));
    cache.apply({ kind: 'page', items: [coloured('a', '6', 'blue')] });
    expect(holds()).toEqual(['a blue', 'b red', 'c red']);
    expect(cache.syncState.of('shop').version).toBe('5');
    cache.apply({ kind: 'replace', items: [coloured('c', '3', 'red')], earlier: new Set(['shop/a']), version: '9' });
    expect(holds()).toEqual(['a blue', 'c red']);
    expect(cache.syncState.of('shop').version).toBe('9');
  });

  test('a list without its last page does not make the cache synced', () => {
    cache.apply({ kind: 'page', items: [coloured('a', '1', 'red')] });
    expect(holds()).toEqual(['a red']);
    expect(cache.syncState.of('shop').isSynced).toBe(false);
  });

  test('a list of an API server that was restored from an older backup replaces newer versions', () => {
    cache.apply(replace('500', coloured('a', '400', 'red')));
    cache.apply(replace('90', coloured('a', '80', 'blue')));
    expect(holds()).toEqual(['a blue']);
    cache.recordWrite(coloured('a', '91', 'green'));
    expect(holds()).toEqual(['a green']);
  });
});

describe('Cache: an object that was deleted and created again under its name', () => {
  it.for<[string, (again: KubeObject) => ReflectorEvent]>([
    ['a list', (again) => replace('9', again)],
    ['an event of the new object', (again) => apply(again)],
  ])('%s reports the deletion and the creation', ([, event]) => {
    cache.apply(replace('1', coloured('a', '1', 'red')));
    changes.length = 0;
    cache.apply(event(coloured('a', '8', 'blue', 'another')));
    expect(changes).toEqual(['a red -> none', 'none -> a blue']);
    expect(holds()).toEqual(['a blue']);
  });

  test('the new object is not deleted by a late event about the old one', () => {
    cache.apply(replace('1', coloured('a', '1', 'red')));
    cache.recordWrite(coloured('a', '8', 'blue', 'another'));
    cache.apply(apply(coloured('a', '6', 'green')));
    cache.apply(remove(coloured('a', '7', 'green')));
    expect(holds()).toEqual(['a blue']);
    cache.apply(remove(coloured('a', '9', 'blue', 'another')));
    expect(holds()).toEqual([]);
  });
});

describe('Cache: a write of our own', () => {
  beforeEach(() => {
    cache.apply(replace('5', coloured('a', '5', 'red')));
    cache.recordWrite(coloured('a', '10', 'blue'));
    changes.length = 0;
  });

  test('the response to a write is in the cache at once', () => {
    expect(holds()).toEqual(['a blue']);
  });

  it.for([
    {
      version: '9',
      is: 'older than a recorded write (though it sorts after it as text) is ignored',
      holding: 'a blue',
      reported: [],
    },
    { version: '10', is: 'the recorded write itself is ignored', holding: 'a blue', reported: [] },
    {
      version: '11',
      is: 'newer than a recorded write is applied',
      holding: 'a green',
      reported: ['a blue -> a green'],
    },
  ])('an event that is $is', ({ version, holding, reported }) => {
    cache.apply(apply(coloured('a', version, 'green')));
    expect(holds()).toEqual([holding]);
    expect(changes).toEqual(reported);
  });

  it.for<[string, ReflectorEvent]>([
    ['an event', remove(coloured('b', '12', 'red'))],
    ['a bookmark', { kind: 'bookmark', version: '12' }],
    ['a list', replace('12')],
  ])('a response that comes after the watch deleted the object by %s does not bring it back', ([, event]) => {
    cache.apply(event);
    cache.recordWrite(coloured('b', '11', 'red'));
    expect(cache.get('shop', 'b')).toBeUndefined();
  });
});

describe('Cache: an object that loses the labels that the watch selects', () => {
  const moved = coloured('a', '11', 'blue');
  const left = remove(coloured('a', '10', 'blue'));

  test('the object is gone, although a later write of ours was recorded before the DELETED event', () => {
    cache.apply(replace('9', coloured('a', '5', 'red')));
    cache.recordWrite(moved);
    cache.apply(left);
    expect(holds()).toEqual([]);
  });

  test('the object stays gone after any later write of ours, where createdByWrites is false', () => {
    cache = new Cache<Value, 'colour'>({ ...options, createdByWrites: false });
    cache.apply(replace('9', coloured('a', '5', 'red')));
    cache.apply(left);
    cache.recordWrite(moved);
    expect(holds()).toEqual([]);
    cache.apply(apply(coloured('a', '12', 'green')));
    cache.recordWrite(coloured('a', '13', 'red'));
    expect(holds()).toEqual(['a red']);
  });
});

describe('Cache: an index', () => {
  test('an index moves a value from key to key, and keeps no key without a value', () => {
    cache.apply(replace('2', coloured('a', '1', 'red'), coloured('b', '2', 'red')));
    cache.apply(apply(coloured('a', '3', 'blue')));
    expect(cache.byIndex('colour', 'shop/red').map(inWords)).toEqual(['b red']);
    expect(cache.byIndex('colour', 'shop/blue').map(inWords)).toEqual(['a blue']);
    cache.apply(remove(coloured('a', '4', 'blue')));
    expect(cache.byIndex('colour', 'shop/blue')).toEqual([]);
  });

  test('an index key of one namespace finds nothing of another', () => {
    cache.apply(replace('1', coloured('a', '1', 'red')));
    expect(cache.byIndex('colour', 'elsewhere/red')).toEqual([]);
  });
});

describe('Cache: an object that cannot be read', () => {
  const unreadable = (version: string) => configMap('b', version);

  it.for<[string, ReflectorEvent[]]>([
    ['a list', [replace('9', coloured('a', '1', 'red'), unreadable('2'), coloured('c', '3', 'red'))]],
    ['a watch', [replace('1', coloured('a', '1', 'red')), apply(unreadable('2')), apply(coloured('c', '3', 'red'))]],
  ])('an unreadable object in %s is reported, and hurts no other', ([, events]) => {
    for (const event of events) cache.apply(event);
    expect(holds()).toEqual(['a red', 'c red']);
    expect(cache.syncState.of('shop').isSynced).toBe(true);
    expect(reported.map(({ message, cause }) => [message, cause])).toEqual([
      ['ConfigMap shop/b cannot be read and is ignored', new TypeError('no colour')],
    ]);
  });

  test('an object that could be read before is gone, and comes back once it can be read again', () => {
    cache.apply(replace('1', coloured('b', '1', 'red')));
    cache.apply(apply(unreadable('2')));
    expect(holds()).toEqual([]);
    cache.apply(apply(coloured('b', '3', 'blue')));
    expect(holds()).toEqual(['b blue']);
    expect(changes).toEqual(['none -> b red', 'b red -> none', 'none -> b blue']);
  });
});

describe('Cache of two namespaces', () => {
  const inShop = configMap('a', '5', { data: { colour: 'red' } });
  const inSearch = { ...inShop, metadata: { ...inShop.metadata, namespace: 'search', uid: 'other' } };
  let names: string[];
  let two: Cache<string, 'namespace'>;

  beforeEach(() => {
    names = [];
    two = new Cache<string, 'namespace'>({
      namespaces: ['shop', 'search'],
      transform: ({ metadata }) => `${metadata?.namespace}/${metadata?.name}`,
      indexers: { namespace: (value) => [value.split('/')[0] ?? ''] },
      onChange: (before, after) => names.push(`${before ?? 'none'} -> ${after ?? 'none'}`),
      onUnreadable: (error) => reported.push(error),
    });
  });

  test('the sync state of each namespace is its own', async () => {
    two.apply(replace('12', inShop), 'shop');
    two.apply(failed, 'search');
    await two.syncState.synced('shop');
    const soon = new Promise((resolve) => setImmediate(resolve, 'not yet'));
    expect(await Promise.race([two.syncState.synced('search'), soon])).toBe('not yet');
    expect(two.syncState.all).toMatchObject([
      { namespace: 'shop', isSynced: true, version: '12', error: undefined },
      { namespace: 'search', isSynced: false, lastContactAt: Number.NEGATIVE_INFINITY, error: failed.error },
    ]);
    two.apply(replace('9', inSearch), 'search');
    await two.syncState.synced('search');
    expect(two.syncState.of('search')).toMatchObject({ isSynced: true, version: '9', error: undefined });
    expect(two.values).toEqual(['shop/a', 'search/a']);
  });

  it.for<[string, ReflectorEvent]>([
    ['a list', replace('30', inSearch)],
    ['an event', apply(inSearch)],
    ['a deletion', remove({ ...inSearch, metadata: { ...inSearch.metadata, resourceVersion: '30' } })],
  ])('%s of one namespace changes nothing of the other', ([, event]) => {
    two.apply(replace('9', { ...inSearch, metadata: { ...inSearch.metadata, resourceVersion: '4' } }), 'search');
    names.length = 0;
    two.apply(event, 'shop');
    expect(names).toEqual([]);
    expect(two.values).toEqual(['search/a']);
  });

  test('a list of one namespace deletes nothing of the other', () => {
    two.apply(replace('9', inShop), 'shop');
    two.apply(replace('9', inSearch), 'search');
    two.apply(replace('10'), 'search');
    expect(two.byIndex('namespace', 'shop')).toEqual(['shop/a']);
    expect(names).toEqual(['none -> shop/a', 'none -> search/a', 'search/a -> none']);
  });

  test('a recorded write is compared with the version of its own namespace', () => {
    two.apply(replace('20'), 'shop');
    two.apply(replace('3'), 'search');
    two.recordWrite(inShop);
    two.recordWrite(inSearch);
    expect([two.get('shop', 'a'), two.get('search', 'a')]).toEqual([undefined, 'search/a']);
  });

  test('an event of a namespace that is not watched throws', () => {
    expect(() => two.apply(replace('1'), 'elsewhere')).toThrow('namespace "elsewhere" is not watched');
    expect(() => two.apply(replace('1'))).toThrow('namespace "" is not watched');
  });
});

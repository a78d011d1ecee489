import { describe, expect, test } from 'vitest';
import { parseNamespaces, collectionsOf } from '../../src/kube/namespaces.ts';

const JOBS = { apiVersion: 'batch/v1', kind: 'Job', plural: 'jobs' } as const;
const PODS = { apiVersion: 'v1', kind: 'Pod', plural: 'pods' } as const;

describe('a scope', () => {
  test('of all namespaces is one list of each kind', () => {
    expect(collectionsOf(JOBS, undefined)).toEqual([{ path: '/apis/batch/v1/jobs', namespace: undefined }]);
  });

  test('of some namespaces is a list in each, and none over all', () => {
    expect(collectionsOf(PODS, ['shop', 'search'])).toEqual([
      { path: '/api/v1/namespaces/shop/pods', namespace: 'shop' },
      { path: '/api/v1/namespaces/search/pods', namespace: 'search' },
    ]);
  });

  test.for<[string, readonly string[] | undefined]>([
    ['', undefined],
    [' ', undefined],
    ['shop', ['shop']],
    [' shop ,search, shop', ['shop', 'search']],
    ['a'.repeat(63), ['a'.repeat(63)]],
  ])('is read from %j', ([text, namespaces]) => {
    expect(parseNamespaces(text)).toEqual({ namespaces });
  });

  test.for(['Shop', 'shop;search', 'shop search', '../secrets', '*', '-shop', 'shop-', 'a'.repeat(64), ''])(
    'is not read where a word is %j',
    (word) => {
      expect(parseNamespaces(`search,${word}`)).toBeUndefined();
      expect(parseNamespaces(`${word},search`)).toBeUndefined();
    },
  );
});

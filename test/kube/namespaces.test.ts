import { describe, expect, test } from 'vitest';
import { parseNamespaces, collectionsOf } from '../../src/kube/namespaces.ts';

const JOBS = { apiVersion: 'batch/v1', kind: 'Job', plural: 'jobs' } as const;
const PODS = { apiVersion: 'v1', kind: 'Pod', plural: 'pods' } as const;

describe('Namespaces', () => {
  test('all namespaces are one collection of each kind', () => {
    expect(collectionsOf(JOBS, undefined)).toEqual([{ path: '/apis/batch/v1/jobs', namespace: undefined }]);
  });

  test('some namespaces are a collection in each, and none over all', () => {
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
  ])('namespaces are parsed from %j', ([text, namespaces]) => {
    expect(parseNamespaces(text)).toEqual({ namespaces });
  });

  test.for(['Shop', 'shop;search', 'shop search', '../secrets', '*', '-shop', 'shop-', 'a'.repeat(64), ''])(
    'namespaces with the name %j are not parsed',
    (name) => {
      expect(parseNamespaces(`search,${name}`)).toBeUndefined();
      expect(parseNamespaces(`${name},search`)).toBeUndefined();
    },
  );
});

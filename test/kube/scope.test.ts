import { describe, expect, test } from 'vitest';
import { both, scopeIn, targetsOf } from '../../src/kube/scope.ts';

const JOBS = { apiVersion: 'batch/v1', kind: 'Job', plural: 'jobs' } as const;
const PODS = { apiVersion: 'v1', kind: 'Pod', plural: 'pods' } as const;

describe('a scope', () => {
  test('of all namespaces is one list of each kind', () => {
    expect(targetsOf(JOBS, { namespaces: undefined })).toEqual([{ path: '/apis/batch/v1/jobs' }]);
  });

  test('of some namespaces is a list in each, once, and none over all', () => {
    expect(targetsOf(PODS, { namespaces: ['shop', 'search', 'shop'] })).toEqual([
      { path: '/api/v1/namespaces/shop/pods', namespace: 'shop' },
      { path: '/api/v1/namespaces/search/pods', namespace: 'search' },
    ]);
  });

  test('asks everywhere for what is selected alone', () => {
    const selectors = { labelSelector: 'dbpool.dev/probe', fieldSelector: 'reason=FailedCreate' };
    for (const namespaces of [undefined, ['shop', 'search']])
      for (const target of targetsOf(JOBS, { namespaces }, selectors)) expect(target).toMatchObject(selectors);
  });

  test.for<[string, readonly string[] | undefined]>([
    ['', undefined],
    [' , ,', undefined],
    ['shop', ['shop']],
    [' shop ,search,, shop', ['shop', 'search']],
    ['a'.repeat(63), ['a'.repeat(63)]],
  ])('is read from %j', ([text, namespaces]) => {
    expect(scopeIn(text)).toEqual({ namespaces });
  });

  test.for(['Shop', 'shop;search', 'shop search', '../secrets', '*', '-shop', 'shop-', 'a'.repeat(64)])(
    'is not read from %j',
    (text) => {
      expect(() => scopeIn(`search,${text}`)).toThrow(`${JSON.stringify(text)} is no name of a namespace`);
    },
  );
});

describe('both selectors', () => {
  test.for<[readonly (string | undefined)[], string | undefined]>([
    [[], undefined],
    [[undefined, '', ' '], undefined],
    [['team=shop'], 'team=shop'],
    [[undefined, 'team=shop', 'tier in (a,b)'], 'team=shop,tier in (a,b)'],
  ])('of %j are %j', ([selectors, selector]) => {
    expect(both(...selectors)).toBe(selector);
  });
});

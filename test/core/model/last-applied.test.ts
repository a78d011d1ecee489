import { describe, expect, test } from 'vitest';
import { editLastApplied, variablesIn } from '../../../src/core/model/last-applied.ts';

const max = { name: 'DB_POOL_MAX', value: '20' };
const secret = { name: 'PASSWORD', value: 'tiger' };
const manifest = (...env: object[]) =>
  JSON.stringify({
    kind: 'Deployment',
    spec: { template: { spec: { containers: [{ name: 'app', image: 'x', env }] } } },
  });

const edit = (text: string, changes: object = {}) =>
  editLastApplied(text, { container: 'app', remove: [], add: [], ...changes });

describe('what client-side apply applied last', () => {
  test('loses the named variables of the container, and nothing else', () => {
    expect(edit(`${manifest(max, secret)}\n`, { remove: ['DB_POOL_MAX'] })).toBe(manifest(secret));
  });

  test('gets entries back, where it has none of that name', () => {
    expect(edit(manifest(secret), { add: [max] })).toBe(manifest(secret, max));
    expect(edit(manifest(max), { add: [{ ...max, value: '30' }] })).toBeUndefined();
  });

  test.for<[string, string]>([
    ['no JSON', '{'],
    ['no object', '7'],
    ['no Deployment', '{"spec":{"template":[]}}'],
    ['a manifest without that container', manifest(max).replace('"app"', '"web"')],
    ['a manifest without that variable', manifest(secret)],
  ])('is left alone where it is %s', ([, text]) => {
    expect(edit(text, { remove: ['DB_POOL_MAX'] })).toBeUndefined();
  });

  test('names its variables by container, and no values', () => {
    expect(variablesIn(manifest(max, secret))).toEqual(['app/DB_POOL_MAX', 'app/PASSWORD']);
    expect(variablesIn('{')).toEqual([]);
  });
});

test('a manifest that is nested too deep to be walked is left as it is', () => {
  const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
  const text = `{"spec":{"template":{"spec":{"containers":[{"name":"app","env":[{"name":"A"}],"x":${deep}}]}}}}`;
  expect(editLastApplied(text, { container: 'app', remove: ['A'], add: [] })).toBeUndefined();
  const brackets = `{"spec":{"template":{"spec":{"containers":[{"name":"app","env":[{"name":"A"}],"x":"${'[{'.repeat(1000)}\\""}]}}}}`;
  expect(editLastApplied(brackets, { container: 'app', remove: ['A'], add: [] })).toContain('"env":[]');
});

import { expect, test } from 'vitest';
import type { Pod } from '../../src/kube/types.ts';
import { errorsIn, straysOf } from './evidence.ts';

const pod = (name: string, configMap: string | undefined, over: object = {}): Pod => {
  const env = { name: 'DB_POOL_MAX', valueFrom: { configMapKeyRef: { name: `${configMap}`, key: 'DB_POOL_MAX' } } };
  const containers = [{ name: 'app', env: configMap === undefined ? [] : [env] }];
  return { metadata: { name }, spec: { containers }, status: { phase: 'Running' }, ...over };
};

test('a pod that runs with another ConfigMap than the template, or with none, is a stray', () => {
  const ended = { status: { phase: 'Failed' } };
  const ending = { metadata: { name: 'ending', deletionTimestamp: '2026-01-01T00:00:00Z' } };
  const pods = [pod('same', 'a'), pod('other', 'b'), pod('none', undefined), pod('ended', 'b', ended)];
  expect(straysOf([...pods, pod('ending', 'b', ending)], 'a')).toEqual(['other', 'none']);
});

test('errors in a log are the lines of these levels alone', () => {
  const lines = ['{"level":"info"}', 'a line of another program', '{"level":"error"}', '{"level":"fatal"}', ''];
  expect(errorsIn(lines.join('\n'))).toEqual(['{"level":"error"}', '{"level":"fatal"}']);
});

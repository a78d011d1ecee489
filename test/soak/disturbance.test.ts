import { expect, test } from 'vitest';
import { type Disturbance, DISTURBANCES, drawn, historyLimitAfter } from './disturbance.ts';
import { random } from './random.ts';

const NAMES = Object.keys(DISTURBANCES);

const drawMany = (replicas: number, before: readonly Disturbance[] = []) => {
  const draw = random(7, 0);
  return new Set(Array.from({ length: 300 }, () => drawn(draw, replicas, before)));
};

test('each disturbance comes to a backend with pods', () => {
  expect([...drawMany(2)].toSorted()).toEqual(NAMES.toSorted());
});

test('none that needs pods comes to a backend without them', () => {
  const needing = NAMES.filter((name) => DISTURBANCES[name as Disturbance].needsPods);
  expect(needing).not.toEqual([]);
  expect([...drawMany(0)].toSorted()).toEqual(NAMES.filter((name) => !needing.includes(name)).toSorted());
});

test('a Deployment is replaced twice at most: from the fifth repair on, a person would be called', () => {
  const replaced: Disturbance = 'Deployment replaced by another tool';
  expect(drawMany(2, [replaced])).toContain(replaced);
  expect(drawMany(2, [replaced, replaced])).not.toContain(replaced);
});

test('each change of the history limit is another than the one before', () => {
  expect([0, 1, 2].map(historyLimitAfter)).toEqual([2, 0, 2]);
});

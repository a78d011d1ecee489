import { expect, test } from 'vitest';
import { decide } from '../../../src/core/decide.ts';
import { spec } from '../builders.ts';
import { dropLabels, failPod, replace, replaceByForce, restartPods, takeOver } from './disruptions.ts';
import { edit } from './user-actions.ts';
import { World } from './world.ts';

function rolledOut(): World {
  const world = new World();
  edit(world, { ...spec().pool, max: 40 }, 'Disabled');
  world.converge();
  return world;
}

test('restarts of a pod stay with it', () => {
  const { backend, now } = rolledOut();
  restartPods(backend, 'rebooted', 2, now);
  expect(backend.pods.map(({ containers: [app] }) => [app?.restarts, app?.crash?.exitCode, app?.isReady])).toEqual(
    backend.live.map(() => [2, undefined, true]),
  );
});

test('a pod that was evicted stays as an object without sessions, and another one takes its place', () => {
  const { backend, now } = rolledOut();
  failPod(backend, 'Evicted', now);
  expect(backend.live).toHaveLength(2);
  backend.roll(now);
  expect([backend.live.length, backend.pods.length, backend.deployment.status.replicas]).toEqual([3, 4, 3]);
  expect(backend.pods.find(({ failedAs }) => failedAs !== undefined)?.max).toBe(0);
});

test('a Deployment that is written back has nothing of the operator; by force it is another one', () => {
  const world = rolledOut();
  const { uid } = world.backend.deployment;
  replace(world.backend);
  const { labels, containers, adoptedEnv } = world.backend.deployment;
  expect([labels.profile, containers[0]?.env, adoptedEnv]).toEqual([undefined, [], undefined]);
  expect(world.backend.deployment.uid).toBe(uid);
  replaceByForce(world, world.backend);
  expect(world.backend.deployment.uid).not.toBe(uid);
});

test('labels that are lost leave the variables', () => {
  const { backend } = rolledOut();
  const { configInUse } = backend;
  dropLabels(backend, 'profile');
  expect([backend.template.labels.profile, backend.configInUse]).toEqual([undefined, configInUse]);
});

test('a restart makes a new ReplicaSet of the same template, and a webhook one of another template', () => {
  const { backend, now } = rolledOut();
  const revision = () => backend.deployment.revision;
  const before = revision();
  const { annotationsHash } = backend.observed;
  backend.restart();
  backend.roll(now);
  expect([revision(), backend.observed.annotationsHash]).toEqual([before + 1, annotationsHash]);
  backend.isStampedAtEachWrite = true;
  backend.write({});
  backend.roll(now);
  expect(revision()).toBe(before + 2);
  expect(backend.observed.annotationsHash).not.toBe(annotationsHash);
});

test('the operator sees the time by its own clock', () => {
  const world = rolledOut();
  takeOver(world, -3_600_000);
  expect(world.observed().now).toBe(world.now - 3_600_000);
  const { actions } = decide(world.observed());
  expect(actions.map(({ kind }) => kind)).toEqual([]);
});

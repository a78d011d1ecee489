import { join } from 'node:path';
import { writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { auditOf, countBy, isTemplateWrite, isUnansweredTemplateWrite } from './audit.ts';
import { fakeMachine } from './machine.ts';

const entry = (over: object = {}) => ({
  stage: 'ResponseComplete',
  verb: 'patch',
  user: { username: 'robot', extra: { 'authentication.kubernetes.io/pod-name': ['robot-0'] } },
  objectRef: { resource: 'deployments', namespace: 'shop', name: 'api' },
  responseStatus: { code: 200 },
  requestReceivedTimestamp: '2026-01-01T00:00:01.000000Z',
  stageTimestamp: '2026-01-01T00:00:01.250000Z',
  ...over,
});

/** A node in whose audit log these entries are found. */
function nodeWith(...entries: readonly object[]) {
  const machine = fakeMachine();
  const found = join(machine.folder, 'found');
  writeFileSync(found, entries.map((one) => `${JSON.stringify(one)}\n`).join(''));
  machine.program('docker', `cat '${found}'; test -s '${found}'`);
  return machine;
}

test('a request is read with its user, pod, object, response and time', async () => {
  const { run, calls } = nodeWith(entry());
  expect(await auditOf(run, 'node-7', 'robot', ['shop'])).toEqual([
    {
      at: Date.UTC(2026, 0, 1, 0, 0, 1),
      ms: 250,
      user: 'robot',
      pod: 'robot-0',
      verb: 'patch',
      resource: 'deployments',
      namespace: 'shop',
      name: 'api',
      code: 200,
    },
  ]);
  expect(calls()[0]).toMatch(/^docker exec node-7 sh -c cat \S+audit\*\.log .*"username":"robot".* 'shop'$/);
});

test('the times of a request have microseconds, as in the log', async () => {
  const times = {
    requestReceivedTimestamp: '2026-01-01T00:00:01.000250Z',
    stageTimestamp: '2026-01-01T00:00:01.001500Z',
  };
  const { run } = nodeWith(entry(times));
  const [request] = await auditOf(run, 'node-7', 'robot');
  expect(request?.ms).toBeCloseTo(1.25, 2);
  expect((request?.at ?? 0) % 1000).toBeCloseTo(0.25, 2);
});

test('requests are in the order of their times, whatever file they are in', async () => {
  const { run } = nodeWith(
    entry({ verb: 'watch', requestReceivedTimestamp: '2026-01-01T00:00:03Z' }),
    entry({ verb: 'list', requestReceivedTimestamp: '2026-01-01T00:00:02Z' }),
  );
  expect((await auditOf(run, 'node-7', 'robot')).map(({ verb }) => verb)).toEqual(['list', 'watch']);
});

test('a request that only mentions the user, and a watch that only started, are left out', async () => {
  const { run } = nodeWith(
    entry({ user: { username: 'admin' }, impersonatedUser: { username: 'robot' } }),
    entry({ stage: 'ResponseStarted' }),
  );
  expect(await auditOf(run, 'node-7', 'robot')).toEqual([]);
});

test('a log without matches is no error', async () => {
  const { run } = nodeWith();
  expect(await auditOf(run, 'node-7', 'robot')).toEqual([]);
});

test.for([504, 500, 0])('a write with response %i, whose sender died, may have been carried out', async (code) => {
  const { run } = nodeWith(entry({ responseStatus: { code } }));
  const requests = await auditOf(run, 'node-7', 'robot');
  expect([requests.map(isTemplateWrite), requests.map(isUnansweredTemplateWrite)]).toEqual([[false], [true]]);
});

test('a write of a template is an accepted patch, and not of a subresource', async () => {
  const { run } = nodeWith(
    entry(),
    entry({ responseStatus: { code: 409 } }),
    entry({ objectRef: { resource: 'deployments', subresource: 'status' } }),
    entry({ verb: 'list', responseStatus: undefined }),
  );
  const requests = await auditOf(run, 'node-7', 'robot');
  expect(requests.map(isTemplateWrite)).toEqual([true, false, false, false]);
  expect(requests.map(isUnansweredTemplateWrite)).toEqual([false, false, false, false]);
  expect(Object.fromEntries(countBy(requests, ({ verb, resource, code }) => `${verb} ${resource} ${code}`))).toEqual({
    'patch deployments 200': 1,
    'patch deployments 409': 1,
    'patch deployments/status 200': 1,
    'list deployments 0': 1,
  });
});

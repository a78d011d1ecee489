import { join } from 'node:path';
import { writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { auditedObjects } from './audit-objects.ts';
import { fakeMachine } from './machine.ts';

const entry = (resourceVersion: string, over: object = {}) =>
  JSON.stringify({
    level: 'RequestResponse',
    stage: 'ResponseComplete',
    verb: 'patch',
    user: { username: 'robot' },
    objectRef: { resource: 'deployments', namespace: 'shop', name: 'api' },
    responseStatus: { code: 200 },
    responseObject: { metadata: { resourceVersion } },
    requestReceivedTimestamp: '2026-01-01T00:00:01.000000Z',
    stageTimestamp: '2026-01-01T00:00:01.250000Z',
    ...over,
  });

test('objects are read as their writes left them, in the order of their versions', async () => {
  const machine = fakeMachine();
  const found = join(machine.folder, 'found');
  const refused = entry('3', { responseStatus: { code: 409 } });
  const deleted = entry('4', { verb: 'delete' });
  writeFileSync(found, `${[entry('10'), refused, deleted, entry('9')].join('\n')}\n`);
  machine.program('docker', `cat '${found}'`);
  const at = Date.UTC(2026, 0, 1, 0, 0, 1);
  const of = (resourceVersion: string) => ({ at, resource: 'deployments', object: { metadata: { resourceVersion } } });
  expect(await auditedObjects(machine.run, 'node-7', 'shop')).toEqual([of('9'), of('10')]);
});

import { expect, test } from 'vitest';
import { OPERATOR_LABEL, SYSTEM } from '../faults/operator-pods.ts';
import { apply, plainBackend, ready, unproven } from './shop.ts';
import { freshNamespace, kubectl, PATIENTLY } from './support.ts';

const TROUBLE: readonly string[] = ['warn', 'error', 'fatal'];

/** Warnings and errors in the logs of the operator that name the namespace. Throws where no line names it: then this tells nothing. */
async function troubleWith(namespace: string): Promise<readonly string[]> {
  const text = await kubectl(['logs', '-n', SYSTEM, '-l', OPERATOR_LABEL, '--tail=-1']);
  const lines = text.split('\n').filter((line) => line.includes(namespace));
  if (lines.length === 0) throw new Error(`the operator has logged nothing about ${namespace}`);
  return lines.filter((line) => TROUBLE.includes((JSON.parse(line) as { level: string }).level));
}

test('a namespace with profiles that restore, retain and still wait is deleted, and the operator has no trouble with that', async () => {
  const namespace = await freshNamespace('ending');
  const restoring = unproven({ target: { adopt: true }, onDelete: 'Restore' });
  const named = (name: string, spec: object) => ({
    ...unproven({ target: { name }, ...spec }),
    metadata: { name },
  });
  await apply(
    namespace,
    plainBackend('api', { replicas: 1, env: [{ name: 'DB_POOL_MAX', value: '20' }] }),
    plainBackend('kept', { replicas: 1 }),
    restoring,
    named('kept', {}),
    named('nowhere', { onDelete: 'Restore' }),
  );
  await ready(namespace, 'pool', 'Ready');
  await ready(namespace, 'kept', 'Ready');
  await ready(namespace, 'nowhere', 'DeploymentNotFound');
  await kubectl(['delete', 'namespace', namespace, PATIENTLY]);
  expect(await troubleWith(namespace)).toEqual([]);
});

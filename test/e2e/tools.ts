/** The tools with which an owner writes the manifest of a backend, and what each of them needs. */
import { stringify } from 'yaml';
import { plainBackend, messageOf, ready, unproven, variables, apply } from './shop.ts';
import { measured } from '../support/measured.ts';
import { podsMadeWithout, rolledOut } from './revisions.ts';
import { kubectl, waitFor } from './support.ts';

export type Tool = {
  readonly title: string;
  /** Makes the backend, or changes it to what the manifest says. */
  readonly write: (namespace: string, manifest: object) => Promise<unknown>;
  /** Pods at most that may be made without a variable that the owner drops from the manifest. */
  readonly mayMake: number;
};

const REPLICAS = 4;

/** Of four pods with the default strategy: maxSurge 25 % and maxUnavailable 25 %. */
export const SURGE_AND_UNAVAILABLE = 2;

const stdin = (manifest: object) => ({ stdin: stringify(manifest) });

export const CLIENT_SIDE: Tool = {
  title: 'kubectl apply',
  write: (namespace, manifest) => kubectl(['apply', '-n', namespace, '-f', '-'], stdin(manifest)),
  mayMake: 0,
};

export const SERVER_SIDE: Tool = {
  title: 'server-side apply',
  write: (namespace, manifest) =>
    kubectl(['apply', '--server-side', '--field-manager=deployer', '-n', namespace, '-f', '-'], stdin(manifest)),
  mayMake: 0,
};

export const SERVER_SIDE_BY_FORCE: Tool = {
  title: 'server-side apply by force',
  write: (namespace, manifest) =>
    kubectl(
      ['apply', '--server-side', '--force-conflicts', '--field-manager=deployer', '-n', namespace, '-f', '-'],
      stdin(manifest),
    ),
  mayMake: 0,
};

export const REPLACE: Tool = {
  title: 'kubectl replace',
  // The first time, there is nothing to replace.
  write: async (namespace, manifest) => {
    const isThere = (await kubectl(['get', '-n', namespace, 'deployment', '-o', 'name'])) !== '';
    return kubectl([isThere ? 'replace' : 'create', '-n', namespace, '-f', '-'], stdin(manifest));
  },
  mayMake: SURGE_AND_UNAVAILABLE,
};

const withMax = plainBackend('api', { replicas: REPLICAS, env: [{ name: 'DB_POOL_MAX', value: '20' }] });
const withoutMax = plainBackend('api', { replicas: REPLICAS });

/**
 * A backend's variable is adopted, and its owner follows the advice of the message: the variable is dropped from the manifest,
 * which is written by the tool again. Gives the number of pods that were made without the variable.
 */
export async function adoptedAndDropped(namespace: string, { title, write }: Tool): Promise<number> {
  await write(namespace, withMax);
  await apply(namespace, unproven({ target: { adopt: true } }));
  expectAdvice(messageOf(await ready(namespace, 'pool', 'Ready')));
  await rolledOut(namespace);
  await write(namespace, withoutMax);
  await waitFor('the advice to be gone', async () => {
    const message = messageOf(await ready(namespace, 'pool', 'Ready'));
    return isAdvice(message) ? { last: message } : { done: true };
  });
  await rolledOut(namespace);
  await ready(namespace, 'pool', 'Ready');
  const set = await variables(namespace);
  if (set.length !== 4 || !set.every((one) => one.includes('@pool-')))
    throw new Error(`the template has ${set.join()}`);
  const made = await podsMadeWithout(namespace, 'DB_POOL_MAX');
  measured(
    `${title}: ${made} pods of ${REPLICAS} were made without DB_POOL_MAX after it was dropped from the manifest`,
  );
  return made;
}

const isAdvice = (message: string) => message.includes('Adopted: DB_POOL_MAX');

function expectAdvice(message: string): void {
  if (!isAdvice(message)) throw new Error(`no advice: ${message}`);
}

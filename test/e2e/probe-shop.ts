/** What the tests of the probe on kind set up and look at, besides the shop. */
import { apply, backend, database, json, plainBackend, profile, type Status } from './shop.ts';
import { kubectl, PATIENTLY, waitFor } from './support.ts';

export const RIGHT = { DB_USER: 'APP', DB_PASSWORD: 'right' };

type Changes = {
  readonly pool?: object;
  readonly connectString?: string;
  readonly target?: string;
  readonly probe?: object;
  readonly database?: object;
};

/** A profile that is probed with the credentials of the Secret `db`. */
export const wanted = (
  name: string,
  { pool = {}, connectString = 'oracle:1521/FREEPDB1', target = 'api', probe = {}, database = {} }: Changes = {},
): object =>
  profile(name, {
    targetRef: { name: target },
    pool,
    probe,
    database: { connectString, credentialsSecretRef: { name: 'db' }, ...database },
    rollout: { observeSeconds: 0 },
  });

/** A database, and a backend of one pod. */
export async function shopIn(namespace: string, ...objects: readonly object[]): Promise<void> {
  await Promise.all([database(namespace), apply(namespace, plainBackend('api', { replicas: 1 }), ...objects)]);
}

/** Whether nobody has changed the backend since it was made. */
export async function untouched(namespace: string, name = 'api'): Promise<boolean> {
  const { metadata, spec } = await backend(namespace, name);
  return metadata.generation === 1 && spec.template.spec.containers[0]?.env === undefined;
}

/** Changes the settings of the database while it runs: a JSON merge patch. */
export async function change(namespace: string, patch: object): Promise<void> {
  const call = `fetch('http://127.0.0.1:8080/settings',{method:'PATCH',body:JSON.stringify(${JSON.stringify(patch)})}).then(async(r)=>{if(!r.ok)throw new Error(await r.text())})`;
  await kubectl(['exec', '-n', namespace, 'deployment/oracle', '--', 'node', '-e', call]);
}

/** Starts the database anew with these settings. */
export async function restart(namespace: string, settings: object): Promise<void> {
  const text = JSON.stringify({ users: { APP: { password: 'right' } }, services: ['FREEPDB1'], ...settings });
  await kubectl(['set', 'env', '-n', namespace, 'deployment/oracle', `ORACLE_STANDIN_SETTINGS=${text}`]);
  await kubectl(['rollout', 'status', '-n', namespace, 'deployment/oracle', PATIENTLY]);
}

export const askForProbe = (namespace: string, name: string, word: string): Promise<string> =>
  kubectl(['annotate', '-n', namespace, 'dbpp', name, '--overwrite', `dbpool.dev/probe-requested-at=${word}`]);

export const statusOf = async (namespace: string, name: string): Promise<Status | undefined> =>
  (await json<{ status?: Status }>('get', '-n', namespace, 'dbpp', name)).status;

/** Waits until the verdict of this attempt is in the status. */
export async function attempted(namespace: string, name: string, attempt: number): Promise<Status> {
  return waitFor(`attempt ${attempt} of profile ${name}`, async () => {
    const status = await statusOf(namespace, name);
    return (status?.probe?.attempt ?? 0) >= attempt && status !== undefined
      ? { done: status }
      : { last: JSON.stringify(status?.probe) };
  });
}

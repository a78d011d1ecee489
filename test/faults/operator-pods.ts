/** The operator's pods as they run in the node: which of them leads, their processes, and their memory. */
import { setTimeout as pause } from 'node:timers/promises';
import { ExecuteError } from '../runner/execute.ts';
import { kubectl } from '../bed/bed.ts';
import { type KindNode, pidsWith, shell } from './node.ts';

export const SYSTEM = 'dbpool-system';
export const OPERATOR_LABEL = 'app.kubernetes.io/name=dbpool-operator';
const LEASE = ['lease', '-n', SYSTEM, 'dbpool-operator'];

/** What kubectl answers, without the end of its last line. */
export const ask = async ({ run, name }: KindNode, ...args: readonly string[]): Promise<string> =>
  (await kubectl(run, name, args, { timeoutMs: 30_000 })).trimEnd();

type Pods = {
  readonly items: readonly { readonly metadata: { readonly name: string; readonly deletionTimestamp?: string } }[];
};

/** Names of the operator's pods that are not on their way out. */
export async function operatorPods(node: KindNode): Promise<readonly string[]> {
  const { items } = JSON.parse(
    await ask(node, 'get', 'pods', '-n', SYSTEM, '-l', OPERATOR_LABEL, '-o', 'json'),
  ) as Pods;
  return items.flatMap(({ metadata }) => (metadata.deletionTimestamp === undefined ? [metadata.name] : []));
}

/** The pod that holds the lease; undefined where nobody does. */
export async function holder(node: KindNode): Promise<string | undefined> {
  const identity = await ask(node, 'get', ...LEASE, '-o', 'jsonpath={.spec.holderIdentity}');
  return identity === '' ? undefined : identity.slice(0, identity.lastIndexOf('_'));
}

/** Waits for a living pod other than `former` to hold the lease. Throws an Error after a minute. */
export async function leader(node: KindNode, former?: string): Promise<string> {
  const endAt = performance.now() + 60_000;
  while (performance.now() < endAt) {
    const now = await holder(node);
    if (now !== undefined && now !== former && (await operatorPods(node)).includes(now)) return now;
    await pause(200);
  }
  throw new Error(`waited 60 s for ${former === undefined ? 'a leader' : `another leader than ${former}`}`);
}

/** Takes the lease from whoever holds it, so that the next one need not wait until it has run out. */
export async function freeLease(node: KindNode): Promise<void> {
  await ask(node, 'patch', ...LEASE, '--type=merge', '-p', '{"spec":{"holderIdentity":""}}');
}

/** The operator in a pod, whoever started it there. Its number does not tell: where they are at an end, they begin anew. */
export async function operatorPid(node: KindNode, pod: string): Promise<number> {
  const [pid] = await pidsWith(node, `POD_NAME=${pod}`, '/app/operator.mjs');
  if (pid === undefined) throw new Error(`no process runs in ${pod}`);
  return pid;
}

/** Resident memory of a process, in MiB; undefined where it has ended. */
export async function memoryOf(node: KindNode, pid: number): Promise<number | undefined> {
  const line = await shell(node, `grep VmRSS /proc/${pid}/status 2> /dev/null || true`);
  return line === '' ? undefined : Math.round(Number(/\d+/.exec(line)?.[0]) / 1024);
}

/** Waits until the API server answers, and all replicas of the operator are ready. Throws an Error after two minutes. */
export async function allWell(node: KindNode): Promise<void> {
  await answers(node);
  // The kubelet starts what has ended several times after a pause only.
  const status = ['rollout', 'status', '-n', SYSTEM, 'deployment/dbpool-operator', '--timeout=90s'];
  await kubectl(node.run, node.name, status).catch(isLate);
  await ask(node, 'wait', '-n', SYSTEM, 'deployment/dbpool-operator', '--for=condition=Available', '--timeout=25s');
  await leader(node);
}

/** Waits until the API server says that it is ready. */
export async function answers(node: KindNode): Promise<void> {
  const endAt = performance.now() + 120_000;
  for (;;) {
    try {
      await ask(node, 'get', '--raw', '/readyz');
      return;
    } catch (error) {
      if (!(error instanceof ExecuteError) || performance.now() > endAt) throw error;
      await pause(500);
    }
  }
}

function isLate(error: unknown): void {
  if (!(error instanceof ExecuteError)) throw error;
}

/**
 * Arms the operator of a cluster to be killed or stopped at a write. Its program and its image are those that are
 * shipped; only what starts it is another (failpoint.mts, supervise.mts).
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { kubectl } from '../bed/bed.ts';
import { type KindNode, pidsWith, shell } from './node.ts';
import { ask, SYSTEM } from './operator-pods.ts';

export type Failpoint = {
  readonly namespace: string;
  readonly signal: 'SIGKILL' | 'SIGSTOP';
  /** `before`: the write is not sent. `sent`: it is, and nobody is there to be answered. */
  readonly at: 'before' | 'sent';
  /** The how manieth write in the namespace it is, counted from now. */
  readonly left: number;
};

const FOLDER = '/tmp/failpoints';
const SUPERVISOR = '/faults/supervise.mts';
const DEPLOYMENT = 'deployment/dbpool-operator';

/** Restarts the operator in such a way that failpoints can be armed. */
export async function withFailpoints(node: KindNode): Promise<void> {
  const text = (file: string) => readFileSync(join(import.meta.dirname, file), 'utf8');
  const configMap = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'failpoints', namespace: SYSTEM },
    data: Object.fromEntries(['failpoint.mts', 'supervise.mts'].map((file) => [file, text(file)])),
  };
  await kubectl(node.run, node.name, ['apply', '-f', '-'], { stdin: stringify(configMap) });
  const container = {
    name: 'operator',
    args: [SUPERVISOR],
    // Who is stopped does not answer, and is to be let go on.
    livenessProbe: null,
    volumeMounts: [
      { name: 'programs', mountPath: '/faults' },
      { name: 'armed', mountPath: FOLDER },
    ],
  };
  const volumes = [
    { name: 'programs', configMap: { name: 'failpoints' } },
    { name: 'armed', emptyDir: {} },
  ];
  const patch = JSON.stringify({ spec: { template: { spec: { containers: [container], volumes } } } });
  await ask(node, 'patch', '-n', SYSTEM, DEPLOYMENT, '-p', patch);
  await rolledOut(node);
}

/** Gives the operator back as it was. */
export async function withoutFailpoints(node: KindNode): Promise<void> {
  await ask(node, 'rollout', 'undo', '-n', SYSTEM, DEPLOYMENT);
  await ask(node, 'delete', 'configmap', '-n', SYSTEM, 'failpoints');
  await rolledOut(node);
}

const rolledOut = async ({ run, name }: KindNode): Promise<void> =>
  void (await kubectl(run, name, ['rollout', 'status', '-n', SYSTEM, DEPLOYMENT, '--timeout=150s']));

export async function arm(node: KindNode, pod: string, failpoint: Failpoint): Promise<void> {
  const armed = await armedIn(node, pod);
  // At once: half a file would end a busy operator with an error of ours.
  await shell(node, `umask 0; cat > ${armed}.new && mv ${armed}.new ${armed}`, JSON.stringify(failpoint));
}

/** Whether the failpoint still waits for its write. */
export async function isArmed(node: KindNode, pod: string): Promise<boolean> {
  return (await shell(node, `test -e ${await armedIn(node, pod)} && echo yes || true`)) !== '';
}

export async function disarm(node: KindNode, pod: string): Promise<void> {
  await shell(node, `rm -f ${await armedIn(node, pod)}`);
}

/** The container's file as the node sees it. */
async function armedIn(node: KindNode, pod: string): Promise<string> {
  const [supervisor] = await pidsWith(node, `POD_NAME=${pod}`, SUPERVISOR);
  if (supervisor === undefined) throw new Error(`no process runs in ${pod}`);
  return `/proc/${supervisor}/root${FOLDER}/armed`;
}

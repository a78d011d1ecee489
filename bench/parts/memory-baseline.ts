/**
 * The memory of a Node process: an empty one, and one that holds as many watches as the operator. Each runs as the operator
 * does: with its image, flags, pod spec and service account.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execute } from '../../test/runner/execute.ts';
import { kubectl, OPERATOR } from '../../test/bed/bed.ts';
import { Observer } from '../cluster/observer.ts';
import type { Bench } from '../part.ts';
import { deployments, pods } from '../shop.ts';

const PROGRAM = readFileSync(join(import.meta.dirname, 'watching.mjs'), 'utf8');

const NAMESPACE = 'dbpool-system';
const DEADLINE_MS = 60_000;

/** The collections that the operator watches; pods twice, by two labels. */
const WATCHED = [
  '/apis/dbpool.dev/v1alpha1/dbpoolprofiles',
  '/apis/apps/v1/deployments',
  '/apis/apps/v1/replicasets',
  '/apis/autoscaling/v2/horizontalpodautoscalers',
  '/apis/batch/v1/jobs',
  '/api/v1/configmaps',
  '/api/v1/pods',
  '/api/v1/pods',
];

export type MemoryBaseline = Readonly<Record<'emptyMb' | 'watchingMb', readonly number[]>>;

/** All of them run at once: none of them influences the memory of another. */
export async function measureMemoryBaseline(bench: Bench): Promise<MemoryBaseline> {
  const template = await templateOf(bench);
  using seen = await Observer.start(bench.client, pods(NAMESPACE));
  const times = Array.from({ length: bench.options.processes }, (_, index) => index);
  const residentMb = (name: string, paths: readonly string[]) =>
    Promise.all(times.map((time) => residentOf(bench, seen, podOf(`${name}-${time}`, paths, template))));
  const [emptyMb, watchingMb] = await Promise.all([
    residentMb('bench-empty', []),
    residentMb('bench-watching', WATCHED),
  ]);
  return { emptyMb, watchingMb };
}

type Container = Readonly<Record<'image' | 'resources' | 'securityContext', unknown>>;
type PodSpec = { readonly containers: readonly Container[] };
type Template = { readonly spec: PodSpec; readonly flags: readonly string[] };

/** The operator's pod spec, and the flags that its image passes to Node. */
async function templateOf({ client, images, run }: Bench): Promise<Template> {
  const deployment = await client.get(`${deployments(NAMESPACE)}/dbpool-operator`);
  const { template } = deployment['spec'] as { readonly template: { readonly spec: PodSpec } };
  const inspect = ['docker', 'image', 'inspect', '--format', '{{json .Config.Cmd}}', images[OPERATOR] ?? ''];
  const command = JSON.parse(await execute(run, inspect)) as readonly string[];
  return { spec: template.spec, flags: command.slice(0, -1) };
}

/** Without the operator's labels, so that it does not count as a replica. */
function podOf(name: string, paths: readonly string[], { spec, flags }: Template) {
  const args = [...flags, '--input-type=module', '-e', PROGRAM];
  const env = [{ name: 'PATHS', value: paths.join(' ') }];
  const containers = spec.containers.map(({ image, resources, securityContext }) => ({
    name: 'watching',
    image,
    resources,
    securityContext,
    args,
    env,
  }));
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec: { ...spec, restartPolicy: 'Never', containers } };
}

async function residentOf({ client, run, cluster }: Bench, seen: Observer, pod: ReturnType<typeof podOf>) {
  const { name } = pod.metadata;
  const kubectlIn = (...args: readonly string[]) => kubectl(run, cluster.node, ['-n', NAMESPACE, ...args]);
  const ended = seen.when(
    name,
    ({ status }) => ['Succeeded', 'Failed'].includes((status as { phase?: string }).phase ?? ''),
    DEADLINE_MS,
  );
  try {
    await client.create(pods(NAMESPACE), pod);
    await ended;
    const printed = await kubectlIn('logs', name);
    const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(printed)?.[1];
    if (kilobytes === undefined) throw new Error(`${name} does not print its memory: ${printed.slice(-500)}`);
    return Number(kilobytes) / 1024;
  } finally {
    await kubectlIn('delete', 'pod', name, '--ignore-not-found', '--wait=false');
  }
}

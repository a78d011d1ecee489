/** What the tests on kind set up: a namespace with a backend and, where the probe is wanted, a database to log in to. */
import { stringify } from 'yaml';
import { BACKEND_IMAGE, kubectl, STAND_IN_IMAGE, waitFor } from './support.ts';

export type Status = {
  readonly conditions?: readonly {
    readonly type: string;
    readonly status: string;
    readonly reason: string;
    readonly message: string;
  }[];
  readonly pods?: string;
  readonly observedGeneration?: number;
  readonly current?: { readonly hash: string; readonly min: number; readonly max: number };
  readonly probe?: {
    readonly outcome: string;
    readonly reason: string;
    readonly attempt: number;
    readonly job: string;
    readonly code?: string;
  };
};

export const json = async <T>(...args: string[]): Promise<T> => JSON.parse(await kubectl([...args, '-o', 'json'])) as T;

export async function apply(namespace: string, ...objects: object[]): Promise<string> {
  return kubectl(['apply', '-n', namespace, '-f', '-'], { stdin: objects.map((one) => stringify(one)).join('---\n') });
}

/** A backend that reads the four variables and does nothing else: a shell would do, but the image has only node. */
export function plainBackend(name: string, { replicas = 2, env = [] as object[] } = {}): object {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: {
          terminationGracePeriodSeconds: 1,
          containers: [
            {
              name: 'app',
              image: BACKEND_IMAGE,
              command: ['node', '-e', 'setInterval(() => {}, 1000); process.on("SIGTERM", () => process.exit())'],
              env,
            },
          ],
        },
      },
    },
  };
}

export const secret = (name: string, data: Record<string, string>): object => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name },
  stringData: data,
});

export function profile(name: string, spec: object): object {
  return { apiVersion: 'dbpool.dev/v1alpha1', kind: 'DbPoolProfile', metadata: { name }, spec };
}

/** The Oracle stand-in (test/oracle) as Deployment and Service `oracle`, with user APP and password `right`. */
export async function database(namespace: string): Promise<void> {
  const settings = { users: { APP: { password: 'right' } }, services: ['FREEPDB1'] };
  await apply(
    namespace,
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'oracle' },
      spec: {
        selector: { matchLabels: { app: 'oracle' } },
        template: {
          metadata: { labels: { app: 'oracle' } },
          spec: {
            terminationGracePeriodSeconds: 1,
            containers: [
              {
                name: 'stand-in',
                image: STAND_IN_IMAGE,
                env: [{ name: 'ORACLE_STANDIN_SETTINGS', value: JSON.stringify(settings) }],
                readinessProbe: { tcpSocket: { port: 1521 }, periodSeconds: 1 },
              },
            ],
          },
        },
      },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'oracle' },
      spec: {
        selector: { app: 'oracle' },
        ports: [
          { name: 'tns', port: 1521 },
          { name: 'control', port: 8080 },
        ],
      },
    },
  );
  await kubectl(['rollout', 'status', '-n', namespace, 'deployment/oracle', '--timeout=120s']);
}

/** The stand-in's counters, by its control port. */
export async function databaseStats(namespace: string): Promise<Record<string, number>> {
  return JSON.parse(
    await kubectl(['get', '--raw', `/api/v1/namespaces/${namespace}/services/oracle:control/proxy/stats`]),
  ) as Record<string, number>;
}

/** Waits until `Ready` has this reason for the newest generation, and gives the status. */
export async function ready(namespace: string, name: string, reason: string): Promise<Status> {
  return waitFor(`profile ${name} to be ${reason}`, async () => {
    const { metadata, status } = await json<{ metadata: { generation: number }; status?: Status }>(
      'get',
      '-n',
      namespace,
      'dbpp',
      name,
    );
    const condition = status?.conditions?.find(({ type }) => type === 'Ready');
    const isThere = condition?.reason === reason && status?.observedGeneration === metadata.generation;
    return isThere ? { done: status } : { last: JSON.stringify(status) };
  });
}

export type Deployment = {
  readonly metadata: { readonly generation: number };
  readonly spec: {
    readonly template: { readonly spec: { readonly containers: readonly { readonly env?: readonly Variable[] }[] } };
  };
};
export type Variable = {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: { readonly configMapKeyRef?: { readonly name: string } };
};

export const backend = (namespace: string, name: string): Promise<Deployment> =>
  json<Deployment>('get', '-n', namespace, 'deployment', name);

export const replicaSets = async (namespace: string): Promise<number> =>
  (await json<{ items: readonly unknown[] }>('get', '-n', namespace, 'replicasets')).items.length;

/** What the tests on kind set up: a namespace with a backend and, where the probe is wanted, a database to log in to. */
import { stringify } from 'yaml';
import type { ProfileStatus } from '../../src/api/v1alpha1.ts';
import { execute } from '../runner/execute.ts';
import { isTemplateWrite } from '../support/audit.ts';
import { standIn } from '../support/stand-in.ts';
import {
  auditOfOperator,
  BACKEND_IMAGE,
  freshNamespace,
  kubectl,
  NODE,
  notYet,
  PATIENTLY,
  run,
  STAND_IN_IMAGE,
  waitFor,
} from './support.ts';

export type Status = ProfileStatus;

export const json = async <T>(...args: string[]): Promise<T> => JSON.parse(await kubectl([...args, '-o', 'json'])) as T;

export async function apply(namespace: string, ...objects: object[]): Promise<string> {
  return kubectl(['apply', '-n', namespace, '-f', '-'], { stdin: objects.map((one) => stringify(one)).join('---\n') });
}

/** Values of DB_POOL_MAX with which the plain backend fails, each in its own way. */
export const FAILING = { atStart: 1900, underLoad: 1800, loses: 1700, neverReady: 1600 } as const;

/** The termination message of a backend that fails at its start. */
export const LAST_WORDS = 'no pool of this size';

/** The variable with the release of the plain backend, and the release that fails at its start with any settings. */
export const RELEASE = 'RELEASE';
export const CRASHING_RELEASE = 'crashing';

/** Serves its readiness, and fails where DB_POOL_MAX says so: where it `loses` that, once it is asked to. */
const PROGRAM = `
  const max = Number(process.env.DB_POOL_MAX ?? 0);
  const server = require('node:http').createServer(({ url }, answer) => answer.end(() => {
    if (max !== ${FAILING.loses} || url !== '/lose') return;
    server.close();
    server.closeAllConnections();
  }));
  process.on('SIGTERM', () => process.exit());
  if (process.env.${RELEASE} === '${CRASHING_RELEASE}') process.exit(1);
  if (max === ${FAILING.atStart}) {
    require('node:fs').writeFileSync('/dev/termination-log', '${LAST_WORDS}');
    process.exit(1);
  }
  if (max === ${FAILING.underLoad}) setTimeout(() => process.exit(7), 12000);
  if (max !== ${FAILING.neverReady}) server.listen(8080);
  setInterval(() => {}, 1000);
`;

export type BackendOptions = {
  readonly replicas?: number;
  readonly env?: readonly object[];
  /** Further fields of the container, the pod and the Deployment. */
  readonly container?: object;
  readonly pod?: object;
  readonly deployment?: object;
};

/** Ready with the first answer, not ready with the first that is refused. One that comes late is an answer, too. */
const READINESS = { httpGet: { path: '/', port: 8080 }, periodSeconds: 1, timeoutSeconds: 10, failureThreshold: 1 };

/** A backend that opens no pool: a shell would do, but the image has only node. */
export function plainBackend(
  name: string,
  { replicas = 2, env = [], container = {}, pod = {}, deployment = {} }: BackendOptions = {},
): object {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      ...deployment,
      template: {
        metadata: { labels: { app: name } },
        spec: {
          terminationGracePeriodSeconds: 1,
          ...pod,
          containers: [
            {
              name: 'app',
              image: BACKEND_IMAGE,
              command: ['node', '-e', PROGRAM],
              readinessProbe: READINESS,
              env,
              ...container,
            },
          ],
        },
      },
    },
  };
}

/** The ConfigMap `needed`, and a backend whose new pods start only while it is there. */
export const NEEDED = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'needed' } };
export const needing = {
  pod: { volumes: [{ name: 'needed', configMap: { name: 'needed' } }] },
  container: { volumeMounts: [{ name: 'needed', mountPath: '/needed' }] },
} satisfies BackendOptions;

export const secret = (name: string, data: Record<string, string>): object => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name },
  stringData: data,
});

/** A profile that observes for a second only, unless the spec says otherwise. */
export function profile(name: string, spec: object): object {
  const rollout = { observeSeconds: 1, ...('rollout' in spec ? (spec.rollout as object) : {}) };
  return { apiVersion: 'dbpool.dev/v1alpha1', kind: 'DbPoolProfile', metadata: { name }, spec: { ...spec, rollout } };
}

export type Wish = {
  readonly max?: number;
  readonly rollout?: object;
  readonly target?: object;
  readonly [field: string]: unknown;
};

/** The profile `pool` of the backend `api`, without a probe. */
export const unproven = ({ max = 40, rollout = {}, target = {}, ...rest }: Wish = {}): object =>
  profile('pool', {
    targetRef: { name: 'api', ...target },
    pool: { max },
    probe: { policy: 'Disabled' },
    rollout,
    ...rest,
  });

/** A backend that runs well with max 40, in a namespace of its own. */
export async function runningBackend(
  purpose: string,
  options: BackendOptions = {},
  rollout: object = {},
): Promise<string> {
  const namespace = await freshNamespace(purpose);
  await apply(namespace, plainBackend('api', { replicas: 1, ...options }), unproven({ rollout }));
  await ready(namespace, 'pool', 'Ready');
  return namespace;
}

/** Says a person's word. Resolves once the operator has handled it: `ready` could not tell, since it is no new generation. */
export async function say(namespace: string, word: 'retry' | 'rollback', value: string): Promise<void> {
  await kubectl([
    'annotate',
    '-n',
    namespace,
    'dbpp',
    'pool',
    '--overwrite',
    `dbpool.dev/${word}-requested-at=${value}`,
  ]);
  const isHandled = `--for=jsonpath={.status.handledRequests.${word}}=${value}`;
  await kubectl(['wait', '-n', namespace, 'dbpp', 'pool', isHandled, PATIENTLY]);
}

/** The Oracle stand-in, ready to be logged in to. */
export async function database(namespace: string): Promise<void> {
  await apply(namespace, ...Object.values(standIn(namespace, STAND_IN_IMAGE)));
  await kubectl(['rollout', 'status', '-n', namespace, 'deployment/oracle', PATIENTLY]);
  await reached(namespace);
}

/** Waits until the Service leads to the database: kube-proxy and the API server learn of a pod after its Deployment. */
async function reached(namespace: string): Promise<void> {
  const service = await json<{ spec: { clusterIP: string } }>('get', '-n', namespace, 'service', 'oracle');
  const connect = ['timeout', '2', 'bash', '-c', `exec 3<> /dev/tcp/${service.spec.clusterIP}/8080`];
  await waitFor(`the database of ${namespace} to be reached`, () =>
    Promise.all([execute(run, ['docker', 'exec', NODE, ...connect]), databaseStats(namespace)]).then(
      () => ({ done: true }),
      notYet,
    ),
  );
}

/** The stand-in's counters, by its control port. */
export async function databaseStats(namespace: string): Promise<Record<string, number>> {
  return JSON.parse(
    await kubectl(['get', '--raw', `/api/v1/namespaces/${namespace}/services/oracle:control/proxy/stats`]),
  ) as Record<string, number>;
}

type Profile = { readonly metadata: { readonly generation: number }; readonly status?: Status };

const reasonIs = (reason: string) => `jsonpath={.status.conditions[?(@.type=="Ready")].reason}=${reason}`;

/** Waits until `Ready` has this reason for the newest generation, and gives the status. */
export async function ready(namespace: string, name: string, reason: string): Promise<Status> {
  return waitFor(`profile ${name} in ${namespace} to be ${reason}`, async () => {
    // kubectl watches for us: to ask again and again, in many tests at a time, is more than a small machine can do.
    await kubectl(['wait', '-n', namespace, 'dbpp', name, `--for=${reasonIs(reason)}`, '--timeout=10s']).catch(notYet);
    const { metadata, status } = await json<Profile>('get', '-n', namespace, 'dbpp', name);
    const condition = status?.conditions?.find(({ type }) => type === 'Ready');
    const isThere = condition?.reason === reason && status?.observedGeneration === metadata.generation;
    return isThere ? { done: status } : { last: JSON.stringify(status) };
  });
}

/** Waits for a reason of `Ready` that may be over when it is seen. */
export const passes = (namespace: string, name: string, reason: string): Promise<string> =>
  kubectl(['wait', '-n', namespace, 'dbpp', name, `--for=${reasonIs(reason)}`, PATIENTLY]);

/** Changes fields of the Deployment `api`, as its owner does. */
export const patchBackend = (namespace: string, spec: object): Promise<string> =>
  kubectl(['patch', '-n', namespace, 'deployment', 'api', '--type=merge', '-p', JSON.stringify({ spec })]);

export type Deployment = {
  readonly metadata: {
    readonly generation: number;
    readonly uid: string;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly managedFields?: readonly { readonly manager: string; readonly subresource?: string }[];
  };
  readonly spec: {
    readonly replicas: number;
    readonly template: {
      readonly metadata: { readonly labels?: Readonly<Record<string, string>> };
      readonly spec: { readonly containers: readonly { readonly env?: readonly Variable[] }[] };
    };
  };
};
export type Variable = {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: { readonly configMapKeyRef?: { readonly name: string } };
};

/** The template's variables, in words: `DB_POOL_MAX=20`, `DB_POOL_MAX@pool-1234567890`. */
export const variables = async (namespace: string): Promise<readonly string[]> =>
  ((await backend(namespace, 'api')).spec.template.spec.containers[0]?.env ?? []).map(({ name, value, valueFrom }) =>
    value === undefined ? `${name}@${valueFrom?.configMapKeyRef?.name}` : `${name}=${value}`,
  );

export const backend = (namespace: string, name: string): Promise<Deployment> =>
  json<Deployment>('get', '-n', namespace, 'deployment', name, '--show-managed-fields');

export const replicaSets = async (namespace: string): Promise<number> =>
  (await json<{ items: readonly unknown[] }>('get', '-n', namespace, 'replicasets')).items.length;

/** Writes of the operator to the Deployment `api` of a namespace, as the API server's audit log counts them. */
export const templateWrites = async (namespace: string): Promise<number> =>
  (await auditOfOperator(namespace)).filter((request) => request.namespace === namespace && isTemplateWrite(request))
    .length;

/** The message of a condition. */
export const messageOf = ({ conditions }: Status, type = 'Ready'): string =>
  conditions?.find((one) => one.type === type)?.message ?? '';

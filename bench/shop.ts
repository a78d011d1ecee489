/** The objects of the benchmark: backends without pods, their profiles, and the writes of a script that does without the operator. */
import type { PlainClient, Seen } from './cluster/plain-client.ts';
import { MERGE, STRATEGIC } from './cluster/plain-client.ts';

/** Profiles and their backends. */
export const SHOP = 'bench';
/** Backends for the baseline, which the operator does not manage. */
export const BARE = 'bench-bare';

const GROUP = 'dbpool.dev';
export const SHADOW_GROUP = 'bench.dbpool.dev';

const VARIABLES = ['DB_POOL_MIN', 'DB_POOL_MAX', 'DB_POOL_TIMEOUT', 'DB_POOL_RECYCLE'];

export const deployments = (namespace: string) => `/apis/apps/v1/namespaces/${namespace}/deployments`;
export const pods = (namespace: string) => `/api/v1/namespaces/${namespace}/pods`;
export const configMaps = (namespace: string) => `/api/v1/namespaces/${namespace}/configmaps`;
export const profiles = (namespace: string) => `/apis/${GROUP}/v1alpha1/namespaces/${namespace}/dbpoolprofiles`;
/** Copies of profiles under another group, which no operator watches. */
export const shadowProfiles = (namespace: string) =>
  `/apis/${SHADOW_GROUP}/v1alpha1/namespaces/${namespace}/dbpoolprofiles`;

/** Makes a namespace where it is not there. */
export async function makeNamespace(client: PlainClient, name: string): Promise<void> {
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
  await client.patch(`/api/v1/namespaces/${name}?fieldManager=bench`, namespace, 'application/apply-patch+yaml');
}

/** A backend without pods: a change rolls out its template only. */
export const backend = (name: string): object => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name },
  spec: {
    replicas: 0,
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'app', image: 'none' }] } },
  },
});

export const profile = (name: string, max: number, group = GROUP): object => ({
  apiVersion: `${group}/v1alpha1`,
  kind: 'DbPoolProfile',
  metadata: { name },
  spec: {
    targetRef: { name },
    pool: { max },
    probe: { policy: 'Disabled' },
    rollout: { observeSeconds: 0 },
  },
});

export const shadowProfile = (name: string, max: number): object => profile(name, max, SHADOW_GROUP);

/** The change that the benchmark measures: another pool size. */
export const setMax = (client: PlainClient, collection: string, name: string, max: number): Promise<Seen> =>
  client.patch(`${collection}/${name}`, { spec: { pool: { max } } }, MERGE);

/** The same change by a script, in the fewest writes: the ConfigMap, and the template that refers to it. */
export async function configureBare(client: PlainClient, name: string, max: number): Promise<void> {
  const configMap = `${name}-${max}`;
  await client.create(configMaps(BARE), configMapOf(configMap, max));
  await client.patch(`${deployments(BARE)}/${name}`, templateWith(configMap, max), STRATEGIC);
}

/** Whether a ConfigMap belongs to this backend and has this size, whoever created it. */
export const isConfigOf = ({ metadata, data }: Seen, name: string, max: number): boolean =>
  metadata.name.startsWith(`${name}-`) && (data as Record<string, string> | undefined)?.['DB_POOL_MAX'] === String(max);

function configMapOf(name: string, max: number): object {
  const values = ['2', String(max), '30', '3600'];
  const data = Object.fromEntries(VARIABLES.map((variable, index) => [variable, values[index]]));
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, immutable: true, data };
}

function templateWith(configMap: string, max: number): object {
  const env = VARIABLES.map((name) => ({ name, valueFrom: { configMapKeyRef: { name: configMap, key: name } } }));
  return {
    spec: { template: { metadata: { labels: { config: String(max) } }, spec: { containers: [{ name: 'app', env }] } } },
  };
}

/** One write that changes a pod template and nothing else. */
export const patchTemplate = (client: PlainClient, namespace: string, name: string, value: string): Promise<Seen> =>
  client.patch(
    `${deployments(namespace)}/${name}`,
    { spec: { template: { metadata: { annotations: { changed: value } } } } },
    STRATEGIC,
  );

type Status = {
  readonly observedGeneration?: number;
  readonly conditions?: readonly { readonly type: string; readonly status: string }[];
};

const statusOf = ({ status }: Seen) => (status ?? {}) as Status;

/** Whether the status has observed this generation of the profile, or a later one. */
export const isReported = (object: Seen, generation: number): boolean =>
  (statusOf(object).observedGeneration ?? 0) >= generation;

/** Whether the profile is Ready at this generation, or a later one. */
export const isReady = (object: Seen, generation: number): boolean =>
  isReported(object, generation) &&
  statusOf(object).conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true;

export const hasGeneration = ({ metadata }: Seen, generation: number): boolean =>
  (metadata.generation ?? 0) >= generation;

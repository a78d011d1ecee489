/**
 * The namespace `shop` behind the API server of the tests: the backend `search-api`, the profile `search`, and the
 * operator that looks after them, with the rights that deploy gives it. Where a cluster would have controllers and a kubelet, the tests say what they do.
 */
import { RESOURCES } from '../../src/controller/watch/resources.ts';
import { REVISION } from '../../src/transform/metadata.ts';
import { collectionPath, objectPath } from '../../src/kube/paths.ts';
import type { KubeObject, ObjectMeta, Resource } from '../../src/kube/types.ts';
import type { Condition, ProfileStatus } from '../../src/api/v1alpha1.ts';
import { ApiServer } from './api-server.ts';
import { ObjectStore } from './object-store.ts';
import { EVERYTHING, Operator } from './operator.ts';
import { authorized, WATCHED } from './rbac.ts';

export const PROFILE = objectPath(RESOURCES.DbPoolProfile, 'shop', 'search');
export const BACKEND = objectPath(RESOURCES.Deployment, 'shop', 'search-api');
export const CONFIG_MAPS = collectionPath(RESOURCES.ConfigMap, 'shop');
export const JOBS = collectionPath(RESOURCES.Job, 'shop');
export const PODS = collectionPath(RESOURCES.Pod, 'shop');

/** Writes in short: a mark on a ConfigMap, the roll of the backend, and the status of the profile. */
export const MARK = 'PATCH configmaps/*';
export const ROLL = 'PATCH deployments/search-api';
export const REPORT = 'PATCH dbpoolprofiles/search/status';

export type Stored = KubeObject & { readonly metadata: ObjectMeta; readonly spec?: object; readonly status?: object };

/** Specs of profiles that ask for these numbers: with nothing to prove, and with a proof. */
const rollout = { observeSeconds: 0 };
export const unproven = (max: number) => ({ pool: { min: 2, max }, probe: { policy: 'Disabled' }, rollout });
export const proven = (max: number) => ({
  pool: { min: 2, max },
  rollout,
  database: { connectString: 'oracle:1521/FREEPDB1', credentialsSecretRef: { name: 'search-api-db' } },
});

/** What the ConfigMap of such a profile holds. */
export const dataOf = (max: number) => ({
  DB_POOL_MIN: '2',
  DB_POOL_MAX: String(max),
  DB_POOL_TIMEOUT: '30',
  DB_POOL_RECYCLE: '3600',
});

const controlledBy = (uid: string) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  name: 'search-api',
  uid,
  controller: true,
});

/** A Deployment at rest with one pod. */
export const A_BACKEND = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  spec: { replicas: 1, template: { spec: { containers: [{ name: 'app' }] } } },
  status: { observedGeneration: 1, replicas: 1, updatedReplicas: 1, availableReplicas: 1 },
} as KubeObject;

export class Shop implements AsyncDisposable {
  readonly api: ApiServer;
  readonly store: ObjectStore;
  operator: Operator;

  private constructor(api: ApiServer, store: ObjectStore, operator: Operator) {
    this.api = api;
    this.store = store;
    this.operator = operator;
  }

  /** `rulesOf` says what the operator may do in a namespace, or in all of them where that is undefined. */
  static async open(scope = EVERYTHING, rulesOf: Parameters<typeof authorized>[0] = () => WATCHED): Promise<Shop> {
    const api = await ApiServer.start();
    const store = new ObjectStore();
    api.otherwise = authorized(rulesOf, store.answer);
    store.put(BACKEND, A_BACKEND);
    return new Shop(api, store, await Operator.start(api, store, scope));
  }

  async restartOperator(): Promise<void> {
    await this.operator[Symbol.asyncDispose]();
    this.operator = await Operator.start(this.api, this.store);
  }

  /** The object at a path, which must be there. */
  get(path: string): Stored {
    const found = this.store.get(path);
    if (found === undefined) throw new Error(`there is nothing at ${path}`);
    return found as Stored;
  }

  /** Changes the object at a path as somebody else would. */
  change(path: string, changes: { readonly [field: string]: unknown }): void {
    this.store.put(path, { ...this.get(path), ...changes });
  }

  /** Applies a profile for the backend; `rest` may put anything in place of what a profile should be. */
  putProfile(spec: object, path = PROFILE, rest: object = {}): void {
    this.store.put(path, {
      ...this.store.get(path),
      apiVersion: RESOURCES.DbPoolProfile.apiVersion,
      kind: RESOURCES.DbPoolProfile.kind,
      spec: { targetRef: { name: 'search-api' }, ...spec },
      ...rest,
    } as KubeObject);
  }

  /** Does what the Deployment's controller does: replaces the pod under a new ReplicaSet, and says so. */
  async replacePods(): Promise<void> {
    const { metadata, spec } = this.get(BACKEND);
    const { generation, uid = '', annotations = {} } = metadata;
    const revision = String(Number(annotations[REVISION] ?? '0') + 1);
    const { labels } = (spec as { template: { metadata?: ObjectMeta } }).template.metadata ?? {};
    const set = this.#putOwned(RESOURCES.ReplicaSet, {
      metadata: {
        ...(labels && { labels }),
        annotations: { [REVISION]: revision },
        ownerReferences: [controlledBy(uid)],
      },
    });
    const conditions = [{ type: 'Ready', status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z' }];
    this.#putOwned(RESOURCES.Pod, {
      metadata: {
        ...(labels && { labels }),
        ownerReferences: [{ ...controlledBy(set.metadata.uid ?? ''), kind: 'ReplicaSet', name: 'search-api-1' }],
      },
      status: { phase: 'Running', conditions },
    });
    const counts = { replicas: 1, updatedReplicas: 1, availableReplicas: 1 };
    this.change(BACKEND, {
      metadata: { ...metadata, annotations: { ...annotations, [REVISION]: revision } },
      status: { observedGeneration: generation, ...counts },
    });
    await this.operator.atRest();
  }

  #putOwned(resource: Resource, object: object): Stored {
    const path = objectPath(resource, 'shop', 'search-api-1');
    const { apiVersion, kind } = resource;
    return this.store.put(path, { ...this.store.get(path), apiVersion, kind, ...object }) as Stored;
  }

  /** All writes so far, in their order, without those of the status where `but` names them. */
  writes(but?: string): readonly string[] {
    return this.api.requests
      .filter(({ verb }) => verb === 'POST' || verb === 'PATCH' || verb === 'DELETE')
      .map(({ verb, path }) => `${verb} ${path.replace(/.*\/namespaces\/shop\//, '')}`)
      .map((write) => write.replace(/configmaps\/search-[0-9a-f]{10}$/, 'configmaps/*'))
      .filter((write) => write !== but);
  }

  status(path = PROFILE): ProfileStatus {
    return this.store.get(path)?.status ?? {};
  }

  condition(type: string, path = PROFILE): Condition | undefined {
    return this.status(path).conditions?.find((one) => one.type === type);
  }

  /** What the backend's pods read their pool from: the data of a ConfigMap; undefined where they read none. */
  dataInUse(): unknown {
    const name = /"configMapKeyRef":\{"name":"([^"]+)"/.exec(JSON.stringify(this.get(BACKEND).spec))?.[1];
    return name === undefined ? undefined : (this.get(`${CONFIG_MAPS}/${name}`) as { readonly data?: unknown }).data;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.operator[Symbol.asyncDispose]();
    await this.api.close();
  }
}

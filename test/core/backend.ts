/** A Deployment with its controller, its ReplicaSets and its pods, as far as they matter to a decision, and what people do to it. */
import { VARIABLES } from '../../src/core/config.ts';
import type {
  ObservedContainer,
  ObservedDeployment,
  ObservedPod,
  ObservedReplicaSet,
  ObservedVariable,
} from '../../src/core/observed.ts';
import { container, deployment, pod, replicaSet } from './builders.ts';

export type Template = Pick<ObservedDeployment, 'labels' | 'rest' | 'containers'>;
export type Set = ObservedReplicaSet & { readonly template: Template };

/** A ReplicaSet that is older than this many others is gone, once it has no pods. */
const HISTORY = 3;

export class Backend {
  readonly name: string;
  isThere = true;
  deployment: ObservedDeployment;
  sets: readonly Set[];
  pods: readonly ObservedPod[];
  /** Pods that read a larger DB_POOL_MAX than this crash. */
  crashAbove = Number.POSITIVE_INFINITY;
  /** ConfigMaps with which all pods of this very Deployment were ready at some time. */
  ran: string[] = [];
  #made = 0;
  /** The value of DB_POOL_MAX that a ConfigMap holds. */
  readonly #maxOf: (configMap: string) => number;

  constructor(name: string, maxOf: (configMap: string) => number) {
    this.name = name;
    this.#maxOf = maxOf;
    this.deployment = this.#fresh([container()]);
    this.sets = [this.#setOf(this.template, 1)];
    this.pods = this.#podsOf(this.sets[0], 0);
  }

  get template(): Template {
    const { labels, rest, containers } = this.deployment;
    return { labels, rest, containers };
  }

  /** As the operator's cache has it. */
  get observed(): ObservedDeployment {
    const { rest, containers } = this.deployment;
    const shape = containers.map(({ name, envFrom }) => [name, ...envFrom.map((source) => source.name)].join(' from '));
    return { ...this.deployment, rest: [rest, ...shape].join(', ') };
  }

  get configInUse(): string | undefined {
    return configMapOf(this.template);
  }

  /** Every ConfigMap that a pod or a ReplicaSet may need for one of the four variables. */
  get configMapsNeeded(): readonly string[] {
    if (!this.isThere) return [];
    return [this.template, ...this.sets.map(({ template }) => template)].flatMap(configMapsOf);
  }

  /** Writes the template, whoever does, and the annotation that stands beside it. */
  write(changes: Partial<Template> & Partial<Pick<ObservedDeployment, 'originals'>>): void {
    this.#change(changes);
  }

  scale(replicas: number): void {
    this.#change({ replicas });
  }

  /** The entry of the operator in metadata.managedFields goes, or comes. */
  own(managedFieldsIndexes: readonly number[]): void {
    this.deployment = { ...this.deployment, managedFieldsIndexes };
  }

  /** Goes with all that it owns. */
  delete(): void {
    this.isThere = false;
    this.pods = [];
    this.sets = [];
  }

  /** Is made anew from its owner's manifest. */
  create(containers: readonly ObservedContainer[]): void {
    this.isThere = true;
    this.ran = [];
    this.deployment = this.#fresh(containers);
  }

  /** `kubectl rollout undo`: back to the ReplicaSet before the newest. */
  undo(): boolean {
    const before = this.sets.toSorted((a, b) => b.revision - a.revision)[1];
    if (before === undefined || !this.isThere) return false;
    const now = this.template.containers.flatMap(({ env }) => env);
    const isSame = ({ entry }: ObservedVariable) =>
      now.some((other) => JSON.stringify(other.entry) === JSON.stringify(entry));
    const containers = before.template.containers.map((one) => ({
      ...one,
      env: one.env.map((entry) => (isSame(entry) ? entry : { ...entry, managers: ['kubectl-rollout'] })),
    }));
    this.write({ ...before.template, containers });
    return true;
  }

  /** The Deployment controller sees the template. */
  observe(): void {
    const { generation, status, revision: seen } = this.deployment;
    if (!this.isThere || (seen > 0 && status.observedGeneration === generation)) return;
    const { template } = this;
    const newest = Math.max(0, ...this.sets.map(({ revision }) => revision));
    const found = this.sets.find((set) => keyOf(set.template) === keyOf(template));
    const revision = found?.revision === newest ? newest : newest + 1;
    const others = this.sets.filter((set) => set !== found).toSorted((a, b) => b.revision - a.revision);
    this.sets = [found ? { ...found, revision } : this.#setOf(template, revision), ...others].slice(0, HISTORY + 1);
    this.deployment = {
      ...this.deployment,
      revision,
      status: { ...this.deployment.status, observedGeneration: this.deployment.generation },
    };
  }

  /** The rollout goes to its end, or to where its pods crash. */
  roll(now: number): void {
    if (!this.isThere) return;
    this.observe();
    const [newest] = this.sets;
    const { replicas } = this.deployment;
    const inUse = this.configInUse;
    const doCrash = this.#maxOf(inUse ?? '') > this.crashAbove;
    const old = doCrash ? this.pods.filter((one) => !isOf(newest, one)).slice(0, replicas) : [];
    const already = this.pods.filter((one) => isOf(newest, one) && one.isReady);
    const down = this.pods.find((one) => isOf(newest, one) && !one.isReady);
    const fresh = doCrash ? [down ?? crashing(newest, now)] : this.#podsOf(newest, now);
    this.pods = doCrash || already.length !== replicas ? [...old, ...fresh] : already;
    this.#count(doCrash ? 1 : replicas, old.length);
    if (!doCrash && inUse !== undefined) this.ran = [...new Set([...this.ran, inUse])];
  }

  /** A pod of the newest template exits with an error and is started again. */
  crashOnce(now: number): void {
    const [first, ...others] = this.pods;
    if (first === undefined) return;
    const [app] = first.containers;
    if (app === undefined) return;
    const crash = { exitCode: 1, reason: 'Error', at: now };
    this.pods = [{ ...first, containers: [{ ...app, restarts: app.restarts + 1, crash }] }, ...others];
  }

  /** Nothing is left of crashes. */
  recover(): void {
    this.crashAbove = Number.POSITIVE_INFINITY;
    this.pods = this.pods
      .filter(({ isReady }) => isReady)
      .map(({ ownerUid, name }) =>
        podOf(
          this.sets.find(({ uid }) => uid === ownerUid),
          { name },
        ),
      );
  }

  #fresh(containers: readonly ObservedContainer[]): ObservedDeployment {
    this.#made += 1;
    const { name } = this;
    const status = { ...deployment().status, observedGeneration: 0 };
    const version = String(this.#made * 1_000_000);
    const base = { name, uid: `uid of ${name} ${this.#made}`, resourceVersion: version, containers };
    return deployment(this.#made === 1 ? base : { ...base, revision: 0, status });
  }

  #change(changes: Partial<ObservedDeployment>): void {
    const { generation, resourceVersion } = this.deployment;
    this.deployment = {
      ...this.deployment,
      ...changes,
      generation: generation + 1,
      resourceVersion: String(Number(resourceVersion) + 1),
    };
  }

  #count(updatedReplicas: number, old: number): void {
    const ready = this.pods.filter(({ isReady }) => isReady).length;
    this.deployment = {
      ...this.deployment,
      status: {
        ...this.deployment.status,
        replicas: updatedReplicas + old,
        updatedReplicas,
        availableReplicas: ready,
      },
    };
    this.sets = this.sets.map((set, index) => ({ ...set, replicas: index === 0 ? updatedReplicas : old }));
  }

  #setOf(template: Template, revision: number): Set {
    const name = `${this.name}-${revision}`;
    const { uid } = this.deployment;
    return {
      ...replicaSet(template.labels.config, revision),
      name,
      uid: `${name} of ${uid}`,
      ownerUid: uid,
      configMaps: configMapsOf(template),
      template,
    };
  }

  #podsOf(set: Set | undefined, now: number): ObservedPod[] {
    return Array.from({ length: this.deployment.replicas }, (_, index) =>
      podOf(set, { name: `${set?.name}-${index}`, readyChangedAt: now }),
    );
  }
}

const isOf = (set: Set | undefined, { ownerUid }: ObservedPod) => ownerUid === set?.uid;

function podOf(set: Set | undefined, changes: Partial<ObservedPod>): ObservedPod {
  const made = pod(set?.config, { ownerUid: set?.uid, configMaps: set?.configMaps ?? [], ...changes });
  const name = set?.template.containers[0]?.name ?? 'app';
  return { ...made, containers: made.containers.map((one) => ({ ...one, name })) };
}

function crashing(set: Set | undefined, now: number): ObservedPod {
  const made = podOf(set, { isReady: false, readyChangedAt: now });
  const end = {
    isReady: false,
    restarts: 3,
    startedAt: undefined,
    waiting: { reason: 'CrashLoopBackOff', message: 'back-off 10s restarting failed container' },
    crash: { exitCode: 1, reason: 'Error', at: now },
  };
  return { ...made, containers: made.containers.map((one) => ({ ...one, ...end })) };
}

/** The owner's own, from which nothing is taken away. */
export const THEIR_CONFIG_MAP = 'their-settings';

function configMapsOf({ containers }: Template): string[] {
  const env = containers
    .flatMap((one) => one.env)
    .filter(({ name }) => VARIABLES.some((variable) => variable === name));
  const names = env.flatMap(({ source }) => (source.kind === 'configMap' ? source.name : []));
  return [...new Set(names)].filter((name) => name !== THEIR_CONFIG_MAP);
}

const configMapOf = (template: Template): string | undefined => configMapsOf(template)[0];

/** What makes two templates one ReplicaSet. */
const keyOf = ({ labels, rest, containers }: Template) =>
  JSON.stringify([
    labels,
    rest,
    containers.map(({ name, env, envFrom }) => [name, env.map(({ entry }) => entry), envFrom]),
  ]);

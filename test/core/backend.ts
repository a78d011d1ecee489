/** A Deployment with its controller, its ReplicaSets and its pods, as far as they matter to a decision, and what people do to it. */
import type { ObservedDeployment, ObservedPod, ObservedReplicaSet, ObservedVariable } from '../../src/core/observed.ts';
import { container, deployment, pod, replicaSet } from './builders.ts';

type Template = Pick<ObservedDeployment, 'labels' | 'rest'> & { readonly env: readonly ObservedVariable[] };
type Set = ObservedReplicaSet & { readonly template: Template };

/** A ReplicaSet that is older than this many others is gone, once it has no pods. */
const HISTORY = 3;

export class Backend {
  deployment: ObservedDeployment = deployment();
  sets: readonly Set[] = [this.#setOf(this.template, 1)];
  pods: readonly ObservedPod[] = this.#podsOf(this.sets[0], 0);
  /** Pods that read a larger DB_POOL_MAX than this crash. */
  crashAbove = Number.POSITIVE_INFINITY;
  /** The value of DB_POOL_MAX that a ConfigMap holds. */
  readonly #maxOf: (configMap: string) => number;

  constructor(maxOf: (configMap: string) => number) {
    this.#maxOf = maxOf;
  }

  get template(): Template {
    const { labels, rest, containers } = this.deployment;
    return { labels, rest, env: containers[0]?.env ?? [] };
  }

  get configInUse(): string | undefined {
    return configMapOf(this.template);
  }

  /** Every ConfigMap that a pod or a ReplicaSet may need. */
  get configMapsNeeded(): readonly string[] {
    return [this.template, ...this.sets.map(({ template }) => template)].flatMap((one) => configMapOf(one) ?? []);
  }

  /** Writes the template, whoever does. */
  write(template: Template, originals = this.deployment.originals): void {
    this.#change({
      labels: template.labels,
      rest: template.rest,
      originals,
      containers: [container(...template.env)],
    });
  }

  scale(replicas: number): void {
    this.#change({ replicas });
  }

  /** `kubectl rollout undo`: back to the ReplicaSet before the newest. */
  undo(): boolean {
    const before = this.sets.toSorted((a, b) => b.revision - a.revision)[1];
    if (before === undefined) return false;
    const isSame = ({ entry }: ObservedVariable) =>
      this.template.env.some((now) => JSON.stringify(now.entry) === JSON.stringify(entry));
    const env = before.template.env.map((one) => (isSame(one) ? one : { ...one, managers: ['kubectl-rollout'] }));
    this.write({ ...before.template, env });
    return true;
  }

  /** The Deployment controller sees the template. */
  observe(): void {
    const { template } = this;
    const newest = Math.max(...this.sets.map(({ revision }) => revision));
    const found = this.sets.find((set) => keyOf(set.template) === keyOf(template));
    const revision = found?.revision === newest ? newest : newest + 1;
    const others = this.sets.filter((set) => set !== found).toSorted((a, b) => b.revision - a.revision);
    this.sets = [this.#setOf(template, revision), ...others].slice(0, HISTORY + 1);
    this.deployment = {
      ...this.deployment,
      revision,
      status: { ...this.deployment.status, observedGeneration: this.deployment.generation },
    };
  }

  /** The rollout goes to its end, or to where its pods crash. */
  roll(now: number): void {
    this.observe();
    const [newest] = this.sets;
    const { replicas } = this.deployment;
    const doCrash = this.#maxOf(this.configInUse ?? '') > this.crashAbove;
    const old = doCrash ? this.pods.filter(({ config }) => config !== newest?.config).slice(0, replicas) : [];
    const already = this.pods.filter(({ config, isReady }) => config === newest?.config && isReady);
    const down = this.pods.find(({ config, isReady }) => config === newest?.config && !isReady);
    const fresh = doCrash ? [down ?? crashing(newest?.config, now)] : this.#podsOf(newest, now);
    this.pods = doCrash || already.length !== replicas ? [...old, ...fresh] : already;
    this.#count(doCrash ? 1 : replicas, old.length);
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
    this.pods = this.pods.filter(({ isReady }) => isReady).map(({ config, name }) => pod(config, { name }));
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
    const name = `search-api-${revision}`;
    return {
      ...replicaSet(template.labels.config, revision),
      name,
      configMaps: [configMapOf(template) ?? []].flat(),
      template,
    };
  }

  #podsOf(set: Set | undefined, now: number): ObservedPod[] {
    return Array.from({ length: this.deployment.replicas }, (_, index) =>
      pod(set?.config, { name: `${set?.name}-${index}`, readyChangedAt: now }),
    );
  }
}

const crashing = (config: string | undefined, now: number): ObservedPod => ({
  ...pod(config, { isReady: false, readyChangedAt: now }),
  containers: [
    {
      name: 'app',
      isReady: false,
      restarts: 3,
      startedAt: undefined,
      waiting: { reason: 'CrashLoopBackOff', message: 'back-off 10s restarting failed container' },
      crash: { exitCode: 1, reason: 'Error', at: now },
    },
  ],
});

function configMapOf({ env }: Template): string | undefined {
  const source = env.find(({ name }) => name === 'DB_POOL_MAX')?.source;
  return source?.kind === 'configMap' ? source.name : undefined;
}

/** What makes two templates one ReplicaSet. */
const keyOf = ({ labels, rest, env }: Template) => JSON.stringify([labels, rest, env.map(({ entry }) => entry)]);

/** A Deployment with its controllers, its ReplicaSets and its pods, as far as they matter to a decision, and what users do to it. */
import { allowanceOf, type Strategy } from '../../../src/core/model/strategy.ts';
import type { ObservedContainer, ObservedDeployment, ObservedVariable } from '../../../src/core/model/observed.ts';
import { container, deployment, replicaSet } from '../builders.ts';
import { sourceSetBy } from './apply-action.ts';
import { lastAppliedOf } from './client-side-apply.ts';
import { progressed, withProgress } from './progress.ts';
import {
  configMapOf,
  configMapsOf,
  crashing,
  healthy,
  initializing,
  isLive,
  keyOf,
  maxByHandOf,
  maxOf,
  type Pod,
  podOf,
  type Set,
  type Template,
  type Values,
} from './pods.ts';

export class Backend {
  readonly name: string;
  isThere = true;
  deployment: ObservedDeployment;
  /** Newest first. */
  sets: readonly Set[] = [];
  pods: readonly Pod[] = [];
  /** Pods that read a larger DB_POOL_MAX than this crash. */
  crashAbove = Number.POSITIVE_INFINITY;
  /** `foreignTemplateHash` of templates whose pods crash, whatever they read. */
  crashingRelease: string | undefined;
  /** Whether the init container of each new pod crashes. */
  isInitCrashing = false;
  /** How long a pod takes to end once it is deleted. */
  graceMs = 0;
  /** `revisionHistoryLimit`: ReplicaSets without pods that are kept. */
  historyLimit = 3;
  /** A quota: no pod can be made. */
  isOverQuota = false;
  /** Whether the cluster tells `terminatingReplicas`. */
  countsTerminating = false;
  /** A webhook writes another annotation into the template with each write of it. */
  isStampedAtEachWrite = false;
  /** The annotation of client-side apply. */
  lastApplied: string | undefined;
  /** uid of the profile that set the variables last, until it restores them. */
  managedBy: string | undefined;
  /** ConfigMaps with which all pods of this very Deployment were ready at some time. */
  ran: string[] = [];
  #made = 0;
  #podsMade = 0;
  #stamp = 0;
  #restarts = 0;
  #stampsMade = 0;
  readonly #values: Values;

  constructor(name: string, values: Values, now: number) {
    this.name = name;
    this.#values = values;
    this.deployment = this.#fresh([container()]);
    this.sets = [this.#setOf(this.template, 1)];
    this.#resize(this.#newest(), this.deployment.replicas, now);
    this.#count();
  }

  get template(): Template {
    const { labels, foreignTemplateHash: rest, containers } = this.deployment;
    return { labels, foreignTemplateHash: rest, containers, stamp: this.#stamp, restarts: this.#restarts };
  }

  /** As the operator's cache has it. */
  get observed(): ObservedDeployment {
    const { foreignTemplateHash: rest, containers } = this.deployment;
    const shape = containers.map(({ name, envFrom }) => [name, ...envFrom.map((source) => source.name)].join(' from '));
    const lastApplied = lastAppliedOf(this.lastApplied);
    return {
      ...this.deployment,
      foreignTemplateHash: [rest, ...shape].join(', '),
      annotationsHash: `stamp ${this.#stamp}`,
      lastApplied,
    };
  }

  /** A profile that is applied again records the rollout of the former one of its name as its own, by what the operator `saw`. */
  takeOver(configMap: string, uid: string, saw: ObservedDeployment | undefined): void {
    if (saw?.uid === this.deployment.uid && configMapOf(saw) === configMap) this.managedBy = uid;
  }

  get configInUse(): string | undefined {
    return configMapOf(this.template);
  }

  /** Every ConfigMap that a pod or a ReplicaSet may need for one of the four variables. */
  get configMapsNeeded(): readonly string[] {
    if (!this.isThere) return [];
    return [this.template, ...this.sets.map(({ template }) => template)].flatMap(configMapsOf);
  }

  get live(): readonly Pod[] {
    return this.pods.filter(isLive);
  }

  maxOf(template: Template): number | undefined {
    return maxOf(template, this.#values);
  }

  /** Writes the template, whoever does, and the annotation that stands beside it. */
  write({
    stamp = this.#stamp,
    restarts = this.#restarts,
    ...changes
  }: Partial<Template> & Partial<Pick<ObservedDeployment, 'adoptedEnv' | 'lastWriter'>>): void {
    this.#stamp = this.isStampedAtEachWrite ? this.#newStamp() : stamp;
    this.#restarts = restarts;
    this.#change(changes);
  }

  /** `kubectl rollout restart`: an annotation of the template that no comparison of templates looks at. */
  restart(): void {
    this.write({ restarts: this.#newStamp() });
  }

  /** Writes the annotation of client-side apply alone. */
  annotate(lastApplied: string): void {
    this.lastApplied = lastApplied;
    this.#change({}, this.deployment.generation);
  }

  scale = (replicas: number): void => this.#change({ replicas });

  setStrategy = (strategy: Strategy): void => this.#change({ strategy });

  /** The entry of the operator in metadata.managedFields goes, or comes. */
  own(managedFieldsIndexes: readonly number[]): void {
    this.deployment = { ...this.deployment, managedFieldsIndexes };
  }

  /** Goes with all that it owns; its pods take their time. */
  delete(now: number): void {
    this.isThere = false;
    this.#terminate(this.pods, now);
    this.sets = [];
  }

  /** Is made anew from its owner's manifest. */
  create(containers: readonly ObservedContainer[]): void {
    this.isThere = true;
    this.ran = [];
    this.managedBy = undefined;
    this.lastApplied = undefined;
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
      env: one.env.map((entry) => (isSame(entry) ? entry : sourceSetBy('kubectl-rollout', entry))),
    }));
    this.write({ ...before.template, containers });
    return true;
  }

  /** The Deployment controller sees the template. */
  observe(now: number): void {
    const { generation, status, revision: seen } = this.deployment;
    if (!this.isThere || (seen > 0 && status.observedGeneration === generation)) return;
    const { template } = this;
    const newest = Math.max(0, ...this.sets.map(({ revision }) => revision));
    const found = this.sets.find((set) => keyOf(set.template) === keyOf(template));
    const revision = found?.revision === newest ? newest : newest + 1;
    const others = this.sets.filter((set) => set !== found).toSorted((a, b) => b.revision - a.revision);
    this.sets = [found ? { ...found, revision } : this.#setOf(template, revision), ...others];
    this.deployment = {
      ...this.deployment,
      revision,
      status: { ...this.deployment.status, observedGeneration: this.deployment.generation },
    };
    this.#count();
    if (found === undefined) this.deployment = progressed(this.deployment, now);
  }

  /** The rollout goes to its end, or to where its pods crash. */
  roll(now: number): void {
    for (let round = 0; round < 100; round += 1) if (!this.step(now)) return;
    throw new Error('the controllers do not come to rest');
  }

  /** The controllers do what can be done at once; false where that is nothing. */
  step(now: number): boolean {
    const before = [this.sets, this.pods];
    const { status } = this.deployment;
    this.#removeEnded(now);
    if (this.isThere) {
      this.observe(now);
      this.#start(now);
      if (this.deployment.strategy.kind === 'Recreate') this.#recreate(now);
      else this.#replace(now);
      for (const set of this.sets) this.#resize(set, set.replicas, now);
      this.#count();
      this.deployment = withProgress(this.deployment, { before: status, isComplete: this.#isComplete(), now });
      if (this.#isComplete()) this.#conclude();
    }
    return before[0] !== this.sets || before[1] !== this.pods;
  }

  /** Somebody deletes a pod, or drains its node. */
  evict(now: number): void {
    const [found] = this.live;
    if (found !== undefined) this.#terminate([found], now);
    this.#count();
  }

  /** Nothing is left of crashes, nor of what keeps pods from being made. */
  recover(): void {
    this.crashAbove = Number.POSITIVE_INFINITY;
    this.crashingRelease = undefined;
    this.isOverQuota = false;
    this.isInitCrashing = false;
    this.pods = this.pods.filter((one) => one.isReady || !isLive(one)).map((one) => (isLive(one) ? healthy(one) : one));
  }

  #fresh(containers: readonly ObservedContainer[]): ObservedDeployment {
    this.#made += 1;
    const { name } = this;
    const none = { observedGeneration: 0, replicas: 0, updatedReplicas: 0, availableReplicas: 0 };
    const status = { ...deployment().status, ...none };
    const version = String(this.#made * 1_000_000);
    const base = { name, uid: `uid of ${name} ${this.#made}`, resourceVersion: version, containers };
    return deployment(this.#made === 1 ? base : { ...base, revision: 0, status });
  }

  #change(changes: Partial<ObservedDeployment>, generation = this.deployment.generation + 1): void {
    const resourceVersion = String(Number(this.deployment.resourceVersion) + 1);
    this.deployment = { ...this.deployment, ...changes, generation, resourceVersion };
  }

  #newStamp(): number {
    this.#stampsMade += 1;
    return this.#stampsMade;
  }

  /** Pods whose grace period is over, and failed ones whose ReplicaSet is gone. */
  #removeEnded(now: number): void {
    if (this.pods.some(({ deletedAt = Infinity }) => deletedAt <= now))
      this.pods = this.pods.filter(({ deletedAt = Infinity }) => deletedAt > now);
    const isLeft = ({ failedAs, ownerUid }: Pod) =>
      failedAs === undefined || this.sets.some(({ uid }) => uid === ownerUid);
    if (!this.pods.every(isLeft)) this.pods = this.pods.filter(isLeft);
  }

  /** What could not start before does, or crashes. */
  #start(now: number): void {
    const canStart = (one: Pod) => !one.isReady && isLive(one) && !this.isInitCrashing && !this.#doesCrash(one);
    if (this.pods.some(canStart)) this.pods = this.pods.map((one) => (canStart(one) ? healthy(one, now) : one));
  }

  #doesCrash = ({ max = 0, template }: Pod) =>
    max > this.crashAbove || template.foreignTemplateHash === this.crashingRelease;

  /** No new pod before the last old one has ended. */
  #recreate(now: number): void {
    const [, ...old] = this.sets;
    for (const set of old) this.#resize(set, 0, now);
    const isOld = ({ ownerUid }: Pod) => old.some(({ uid }) => uid === ownerUid);
    if (!this.pods.some(isOld)) this.#resize(this.#newest(), this.deployment.replicas, now);
  }

  #replace(now: number): void {
    const { replicas, strategy } = this.deployment;
    const { surge, unavailable } = allowanceOf(strategy, replicas);
    const newest = this.#newest();
    const room = replicas + surge - this.#total();
    const more = Math.max(0, Math.min(room, replicas - newest.replicas));
    this.#resize(newest, Math.min(replicas, newest.replicas) + more, now);
    const { uid } = newest;
    const [{ replicas: wanted } = newest, ...old] = this.sets;
    const leastReady = replicas - unavailable;
    let mayGo = this.#total() - leastReady - (wanted - this.#ready(uid));
    if (mayGo <= 0) return;
    for (const { uid: other, replicas: there } of old) {
      const gone = Math.max(0, Math.min(mayGo, there - this.#ready(other)));
      this.#resizeOf(other, there - gone, now);
      mayGo -= gone;
    }
    let surplus = this.sets.reduce((sum, set) => sum + this.#ready(set.uid), 0) - leastReady;
    for (const { uid: other } of old) {
      const { replicas: there = 0 } = this.sets.find((set) => set.uid === other) ?? {};
      const gone = Math.max(0, Math.min(surplus, there));
      this.#resizeOf(other, there - gone, now);
      surplus -= gone;
    }
  }

  #resizeOf(uid: string, replicas: number, now: number): void {
    const set = this.sets.find((one) => one.uid === uid);
    if (set !== undefined) this.#resize(set, replicas, now);
  }

  /** Those that are not ready go first. */
  #resize(set: Set, replicas: number, now: number): void {
    if (set.replicas !== replicas)
      this.sets = this.sets.map((one) => (one.uid === set.uid ? { ...one, replicas } : one));
    const live = this.#live(set.uid);
    if (live.length > replicas) {
      const surplus = live.toSorted((a, b) => Number(a.isReady) - Number(b.isReady)).slice(0, live.length - replicas);
      this.#terminate(surplus, now);
    } else if (live.length < replicas && !this.isOverQuota) {
      const max = this.maxOf(set.template);
      const made = Array.from({ length: replicas - live.length }, () => {
        this.#podsMade += 1;
        const one = podOf(set, `${set.name}-${this.#podsMade}`, max, now);
        if (this.isInitCrashing) return initializing(one, now);
        return this.#doesCrash(one) ? crashing(one, now) : one;
      });
      this.pods = [...this.pods, ...made];
    }
  }

  #terminate(gone: readonly Pod[], now: number): void {
    const deletedAt = now + this.graceMs;
    this.pods = this.pods.map((one) =>
      gone.includes(one) && !one.isTerminating ? { ...one, isTerminating: true, deletedAt } : one,
    );
    this.#removeEnded(now);
  }

  #isComplete(): boolean {
    const { replicas, status } = this.deployment;
    return this.#total() === replicas && status.updatedReplicas === replicas && status.availableReplicas === replicas;
  }

  /** ReplicaSets that nobody keeps go, however long the pods that they had take to end. */
  #conclude(): void {
    const [newest = this.#newest(), ...old] = this.sets;
    const kept = old.toSorted((a, b) => b.revision - a.revision).slice(0, this.historyLimit);
    if (kept.length < old.length) this.sets = [newest, ...kept];
    const { configInUse } = this;
    if (configInUse !== undefined && !this.ran.includes(configInUse)) this.ran.push(configInUse);
  }

  /** What the Deployment's status says. */
  #count(): void {
    const uids = this.sets.map(({ uid }) => uid);
    const ours = this.pods.filter(({ ownerUid }) => uids.includes(ownerUid ?? ''));
    const live = ours.filter(isLive);
    const isNew = ({ ownerUid }: Pod) => ownerUid === uids[0];
    this.deployment = {
      ...this.deployment,
      status: {
        ...this.deployment.status,
        replicas: live.length,
        updatedReplicas: live.filter(isNew).length,
        availableReplicas: live.filter(({ isReady }) => isReady).length,
        terminatingReplicas: this.countsTerminating
          ? ours.filter(({ isTerminating }) => isTerminating).length
          : undefined,
        replicaFailure:
          this.isOverQuota && live.length < this.#total() ? 'pods are forbidden: exceeded quota' : undefined,
      },
    };
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
      literalMax: maxByHandOf(template),
      template,
    };
  }

  #newest(): Set {
    const [newest] = this.sets;
    if (newest === undefined) throw new Error('the controller has not seen the template');
    return newest;
  }

  #total = () => this.sets.reduce((sum, { replicas }) => sum + replicas, 0);
  #live = (uid: string) => this.pods.filter((one) => one.ownerUid === uid && isLive(one));
  #ready = (uid: string) => this.#live(uid).filter(({ isReady }) => isReady).length;
}

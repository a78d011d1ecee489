/**
 * A simulated namespace, as small as the promises of `decide` allow: it carries out actions as the API server would
 * (create-only, fenced by resourceVersion, owners of fields) and plays the controllers. Its caches may be stale.
 */
import type { BackendUsage } from '../../../src/core/model/usage.ts';
import { decide } from './accepted-decision.ts';
import { parseState } from '../../../src/core/model/config-state.ts';
import { editLastApplied, type LastAppliedEdit } from '../../../src/core/model/last-applied.ts';
import { SALT_NAME } from '../../../src/core/model/naming.ts';
import type { Observed, ObservedConfigMap, ObservedProfile, EnvFromData } from '../../../src/core/model/observed.ts';
import type { Action, KubeObject, PatchOperation } from '../../../src/core/model/action.ts';
import type { Decision } from '../../../src/core/model/decision.ts';
import { countChangesAt } from '../../../src/core/probe/concurrency.ts';
import type { BudgetStatus, ProfileSpec } from '../../../src/api/v1alpha1.ts';
import { mustBeAt, RefusedError, writtenTo } from './apply-action.ts';
import { Backend } from './backend.ts';
import { NOW, profile, SETTINGS } from '../builders.ts';
import { type Cluster, isProbeOf, type Kind, membersOf, nameOfTarget, observedBy, type Rest } from './cluster.ts';
import { collecting } from './collecting.ts';
import { Database } from './database.ts';
import { hasLivingOwner, withoutOwner } from './garbage-collector.ts';
import { endedWith, type Job, jobOf } from './jobs.ts';
import type { Values } from './pods.ts';
import { deadlineOf } from './progress.ts';
import type { End, TemplateWrite } from './record.ts';

export class World {
  /** By the clock of the API server. */
  now = NOW;
  /** How far the clock of the process that leads is ahead of that, and since when it leads by its own clock. */
  leader = { aheadMs: 0, since: SETTINGS.leadsSince };
  profiles: readonly ObservedProfile[] = [profile()];
  configMaps: readonly ObservedConfigMap[] = [];
  probes: readonly Job[] = [];
  answers: Cluster['answers'];
  isSaltThere = false;
  /** What the ConfigMap of an `envFrom` holds. */
  sources: readonly EnvFromData[] = [];
  readonly database = new Database();
  readonly backends: readonly [Backend, Backend];
  /** Of the profile that was deleted last. */
  lastSpec: ProfileSpec | undefined;
  readonly writes: TemplateWrite[] = [];
  readonly ends: End[] = [];
  /** What the operator's caches hold of kinds whose watch is behind. */
  #stale: Partial<Cluster> = {};
  #version = 0;

  constructor() {
    const maxIn = (found: { readonly data: Readonly<Record<string, string>> } | undefined) => {
      const text = found?.data['DB_POOL_MAX'];
      return text === undefined ? undefined : Number(text);
    };
    const values: Values = {
      maxIn: (configMap) => maxIn(this.configMaps.find(({ name }) => name === configMap)),
      maxFrom: (source) => maxIn(this.sources.find(({ name }) => name === source)),
    };
    this.backends = [new Backend('search-api', values, NOW), new Backend('orders-api', values, NOW)];
  }

  get profile(): ObservedProfile {
    const found = this.named('search');
    if (found === undefined) throw new Error('profile search is gone');
    return found;
  }

  set profile(changed: ObservedProfile) {
    this.put(changed);
  }

  get backend(): Backend {
    return this.backends[0];
  }

  /** What the operator's writes of templates point at. */
  get templateWrites(): readonly (string | undefined)[] {
    return this.writes.map(({ config }) => config);
  }

  named(name: string): ObservedProfile | undefined {
    return this.profiles.find((one) => one.name === name);
  }

  put(changed: ObservedProfile): void {
    this.profiles = [...this.profiles.filter(({ name }) => name !== changed.name), changed];
  }

  backendOf(one: ObservedProfile): Backend {
    const [first, second] = this.backends;
    return nameOfTarget(one) === first.name ? first : second;
  }

  observed(name = 'search'): Observed {
    const one = this.named(name);
    if (one === undefined) throw new Error(`profile ${name} is gone`);
    return observedBy(one, { ...this.#cluster(), ...this.#stale }, this.#rest);
  }

  /** The watches of these kinds tell nothing more until `catchUp`. */
  fallBehind(kinds: readonly Kind[]): void {
    const seen = { ...this.#cluster(), ...this.#stale };
    for (const kind of kinds) this.#stale = { ...this.#stale, [kind]: seen[kind] };
  }

  catchUp(): void {
    this.#stale = {};
  }

  /** What the backends count for in the budget, by the cluster as it is. */
  get members(): readonly BackendUsage[] {
    return membersOf(this.profiles, this.#cluster(), this.#rest);
  }

  get #rest(): Rest {
    const { now, leader, profiles, isSaltThere, sources } = this;
    const settings = { ...SETTINGS, leadsSince: leader.since };
    return { now: now + leader.aheadMs, settings, profiles, isSaltThere, sources };
  }

  get isBehind(): boolean {
    return Object.keys(this.#stale).length > 0;
  }

  /**
   * One look of the operator at a profile; undefined where it is gone. Dies after `writes` of its actions, before the
   * status, if that is given; a refused write ends it too.
   */
  reconcile(writes = Number.POSITIVE_INFINITY, name = 'search'): Decision | undefined {
    const one = this.named(name);
    if (one === undefined) return undefined;
    const seen = this.observed(name);
    const decision = decide(seen);
    try {
      for (const action of decision.actions.slice(0, writes)) this.#carryOut(action, seen, decision);
    } catch (error) {
      if (error instanceof RefusedError) return decision;
      throw error;
    }
    const after = this.named(name);
    if (decision.actions.length <= writes && after?.uid === one.uid) this.put({ ...after, status: decision.status });
    return decision;
  }

  /** The controllers of the cluster do all that they have to do. */
  settle(): void {
    for (const probe of this.probes) if (probe.end === undefined) this.#run(probe);
    for (const backend of this.backends) backend.roll(this.now);
  }

  /**
   * Time passes. A Job has its pod within seconds, and the operator has seen that: what it does where there is none is another
   * test's.
   */
  wait(ms: number): void {
    this.now += ms;
    const late = this.probes.filter(({ end, createdAt }) => end === undefined && this.now - createdAt >= 10_000);
    for (const probe of late) this.#run(probe);
    const { probes: _, ...others } = this.#stale;
    if (ms >= 10_000 || late.length > 0) this.#stale = others;
  }

  /** Looks at these profiles, or at all, and settles, until nothing is left to do; fails where that does not end. */
  converge(names?: readonly string[]): void {
    this.catchUp();
    for (let round = 0; round < 80; round += 1) {
      const before = this.#text();
      const decisions = (names ?? this.profiles.map(({ name }) => name)).flatMap(
        (name) => this.reconcile(undefined, name) ?? [],
      );
      this.settle();
      const waits = decisions.flatMap(({ requeueAfterMs }) => requeueAfterMs ?? []);
      for (const wait of waits) if (!(wait > 0)) throw new Error(`a pass asks for the next one in ${wait} ms`);
      const pause = Math.min(...waits, ...this.#slotChanges(), ...this.#deadlines());
      const isQuiet = decisions.every(({ actions }) => actions.length === 0) && this.#text() === before;
      if (isQuiet && pause > 600_000) return;
      this.now += isQuiet ? pause : 1000;
    }
    throw new Error(`no rest after 80 rounds: ${JSON.stringify(this.profiles.map(({ status }) => status.conditions))}`);
  }

  /** Milliseconds until the Deployment controller gives up on a rollout. */
  #deadlines(): readonly number[] {
    const there = this.backends.filter(({ isThere }) => isThere);
    return there.flatMap(({ deployment }) => deadlineOf(deployment) ?? []).map((at) => at - this.now);
  }

  /** As the timer of controller/observe/probe-slots.ts: where somebody waits, the milliseconds until time alone may let them start. */
  #slotChanges(): readonly number[] {
    if (!this.profiles.some(({ status }) => status.waitingFor?.includes('ProbeSlot'))) return [];
    return this.probes
      .flatMap(countChangesAt)
      .map((at) => at - this.#rest.now)
      .filter((ms) => ms > 0);
  }

  /** A profile is deleted by a person; one without a finalizer is gone at once. */
  delete(one: ObservedProfile): void {
    if (one.finalizers.length > 0) this.put({ ...one, isDeleting: true, generation: one.generation + 1 });
    else this.#end(one);
  }

  deleteBackend(backend: Backend): void {
    const { uid } = backend.deployment;
    backend.delete(this.now);
    this.configMaps = withoutOwner(this.configMaps, uid);
  }

  /** A version that no object had before. */
  nextVersion(): string {
    this.#version += 1;
    return String(this.#version);
  }

  #cluster(): Cluster {
    const there = this.backends.filter(({ isThere }) => isThere);
    return {
      deployment: there.map((backend) => backend.observed),
      configMaps: this.configMaps,
      replicaSets: there.flatMap(({ sets }) => sets),
      pods: this.backends.flatMap(({ pods }) => pods),
      probes: this.probes,
      answers: this.answers,
    };
  }

  /** Differs where anything differs. */
  #text(): string {
    const { deployment, configMaps, replicaSets, pods, probes, answers } = this.#cluster();
    return JSON.stringify([
      deployment.map(({ resourceVersion, status, revision }) => [resourceVersion, status, revision]),
      configMaps.map(({ resourceVersion }) => resourceVersion),
      replicaSets.map(({ uid, revision, replicas }) => [uid, revision, replicas]),
      pods.map(({ name, isReady, isTerminating }) => [name, isReady, isTerminating]),
      probes.map(({ uid, end }) => [uid, end]),
      answers?.resourceVersion,
      this.profiles,
    ]);
  }

  #carryOut(action: Action, seen: Observed, { status }: Decision): void {
    const one = seen.profile;
    const { object } = action;
    const carryOut: Record<Action['kind'], () => void> = {
      createSalt: () => this.#writeShared(object),
      recordLogonResults: () => this.#writeShared(object),
      collectConfig: () => this.#collectConfig(object),
      renderConfig: () => this.#writeConfigMap('renderConfig', object),
      recordState: () => {
        this.#writeConfigMap('recordState', object);
        for (const backend of this.backends) backend.takeOver(object.metadata.name, one.uid, seen.deployment);
      },
      deleteProbe: () => this.#deleteJob(object),
      startProbe: () => this.#createJob(object, one),
      setFinalizer: () => this.#setFinalizers(object),
      editLastApplied: () => {
        if (action.kind === 'editLastApplied') this.#editLastApplied(action.object, action.edit);
      },
      disown: () => this.#disown(object, action.kind === 'disown' ? action.operations : []),
      rollOut: () => this.#writeTemplate(action, seen, status.budget),
      restoreTemplate: () => this.#writeTemplate(action, seen, status.budget),
    };
    carryOut[action.kind]();
  }

  #collectConfig({ metadata: { uid, name, resourceVersion } }: KubeObject): void {
    const there = this.configMaps.find((one) => one.uid === uid);
    mustBeAt(resourceVersion, there);
    const collect = collecting(name, { backends: this.backends, version: this.nextVersion() });
    this.configMaps = collect(this.configMaps);
    this.#saw('configMaps', collect);
  }

  #writeConfigMap(kind: 'renderConfig' | 'recordState', { metadata, data, immutable }: KubeObject): void {
    const { name } = metadata;
    const before = this.configMaps.find((one) => one.name === name);
    if (kind === 'renderConfig' && before !== undefined) throw new RefusedError('409 AlreadyExists');
    if (kind === 'recordState' && metadata.resourceVersion !== before?.resourceVersion)
      throw new RefusedError('409 Conflict');
    const version = this.nextVersion();
    const written = {
      name,
      uid: before?.uid ?? `uid ${version}`,
      state: parseState(metadata['annotations'] as Record<string, string> | undefined),
      resourceVersion: version,
      immutable,
      data,
      owners: metadata['ownerReferences'],
    } as ObservedConfigMap;
    this.configMaps = [...this.configMaps.filter((one) => one.name !== name), written];
    this.#saw('configMaps', (known) => [...known.filter((one) => one.name !== name), written]);
    if (!hasLivingOwner(written, this.#uids)) this.configMaps = this.configMaps.filter((one) => one.name !== name);
  }

  /** Of what may own a ConfigMap. */
  get #uids(): readonly string[] {
    const there = this.backends.filter(({ isThere }) => isThere).map(({ deployment }) => deployment);
    return [...there, ...this.profiles].map(({ uid }) => uid);
  }

  #writeShared({ metadata, data }: KubeObject): void {
    if (metadata.name === SALT_NAME) {
      if (this.isSaltThere) throw new RefusedError('409 AlreadyExists');
      this.isSaltThere = true;
      return;
    }
    if (metadata.resourceVersion !== undefined && metadata.resourceVersion !== this.answers?.resourceVersion)
      throw new RefusedError('409 Conflict');
    const written = { resourceVersion: this.nextVersion(), data: data as Record<string, string> };
    this.answers = written;
    this.#saw('answers', () => written);
  }

  #deleteJob({ metadata: { uid, resourceVersion } }: KubeObject): void {
    const there = this.probes.find((one) => one.uid === uid);
    mustBeAt(resourceVersion, there);
    this.probes = this.probes.filter((one) => one.uid !== uid);
  }

  #createJob(object: KubeObject, { uid }: ObservedProfile): void {
    if (this.probes.some(({ job }) => job === object.metadata.name)) throw new RefusedError('409 AlreadyExists');
    const made = jobOf(object, uid, this.nextVersion(), this.now);
    this.probes = [...this.probes, made];
    this.#saw('probes', (known) => [...known, made]);
  }

  #run(job: Job): void {
    const said = this.database.probe(job.login, this.answers?.data ?? {}, this.now);
    this.probes = this.probes.map((one) =>
      one.uid === job.uid ? endedWith(said, job, this.nextVersion(), this.now) : one,
    );
  }

  #setFinalizers({ metadata }: KubeObject): void {
    const one = this.profiles.find(({ uid }) => uid === metadata.uid);
    if (one === undefined || metadata.resourceVersion !== one.resourceVersion) throw new RefusedError('409 Conflict');
    const finalizers = metadata['finalizers'] as readonly string[];
    this.put({ ...one, finalizers, resourceVersion: this.nextVersion() });
    if (!one.isDeleting || finalizers.length > 0) return;
    const backend = this.backendOf(one);
    this.ends.push({ profile: one, deployment: backend.isThere ? backend.observed : undefined });
    this.#end(one);
  }

  /** With the profile go its Jobs, and what nobody else owns. */
  #end({ uid, name, spec: last }: ObservedProfile): void {
    if (name === 'search' && last.kind === 'valid') this.lastSpec = last.spec;
    this.profiles = this.profiles.filter((one) => one.uid !== uid);
    this.probes = this.probes.filter(({ job }) => !isProbeOf(name, job));
    this.configMaps = withoutOwner(this.configMaps, uid);
  }

  /** The Deployment is read anew for the edit. */
  #editLastApplied({ metadata: { name } }: KubeObject, edit: LastAppliedEdit): void {
    const backend = this.#backend(name);
    const edited = editLastApplied(backend.lastApplied ?? '', edit);
    if (edited !== undefined) backend.annotate(edited);
    this.#sawDeployment(backend);
  }

  #disown({ metadata: { name } }: KubeObject, [test]: readonly PatchOperation[]): void {
    const backend = this.#backend(name);
    if (test?.op !== 'test' || test.value !== backend.deployment.resourceVersion)
      throw new RefusedError('422: the test failed');
    backend.own([]);
    this.#sawDeployment(backend);
  }

  #backend(name: string): Backend {
    const found = this.backends.find((backend) => backend.name === name && backend.isThere);
    if (found === undefined) throw new RefusedError('404');
    return found;
  }

  /** Where its fence holds. */
  #writeTemplate(action: Action, seen: Observed, budget: BudgetStatus | undefined): void {
    const { metadata } = action.object;
    const backend = this.#backend(metadata.name);
    const before = backend.observed;
    if (metadata.uid !== before.uid) throw new RefusedError('422: another uid');
    if (metadata.resourceVersion !== before.resourceVersion) throw new RefusedError('409 Conflict');
    const { profile: one } = seen;
    const wasManaged = backend.managedBy === one.uid;
    backend.write(writtenTo(before, action));
    backend.own([0]);
    backend.managedBy = action.kind === 'rollOut' ? one.uid : undefined;
    const { observed: after, configInUse: config } = backend;
    this.writes.push({ profile: one, profiles: this.profiles, before, wasManaged, after, config, budget, seen });
    this.#sawDeployment(backend);
  }

  #sawDeployment({ name, observed: seen }: Backend): void {
    this.#saw('deployment', (known) => [...known.filter((one) => one.name !== name), seen]);
  }

  /** The answer to a write is in the cache at once, however far behind the watch is. */
  #saw<K extends Kind>(kind: K, change: (known: Cluster[K]) => Cluster[K]): void {
    const known = this.#stale;
    if (kind in known) this.#stale = { ...known, [kind]: change(known[kind] as Cluster[K]) };
  }
}

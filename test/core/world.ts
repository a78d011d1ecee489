/**
 * A simulated cluster, as small as the promises of `decide` allow: it carries out actions as the API server would
 * (create-only, fenced by resourceVersion, owners of fields) and plays the controllers. Its caches may be stale.
 */
import { decide } from '../../src/core/decide.ts';
import type { JsonValue } from '../../src/core/hash.ts';
import { marksOf } from '../../src/core/marks.ts';
import { ANNOTATION, FIELD_MANAGER, LABEL } from '../../src/core/naming.ts';
import type {
  Observed,
  ObservedConfigMap,
  ObservedProbe,
  ObservedProfile,
  ObservedVariable,
} from '../../src/core/observed.ts';
import type { Action, Decision, KubeObject } from '../../src/core/step.ts';
import { EXIT_CODES, type Verdict } from '../../src/verdict.ts';
import { Backend } from './backend.ts';
import { NOW, observed, profile, verdict } from './builders.ts';

/** The API server refuses a write: somebody was first, or it is not valid. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError' as const;
}

export type Kind = 'deployment' | 'configMaps' | 'replicaSets' | 'pods' | 'probes';

type Entry = { readonly [key: string]: JsonValue };
type Applied = {
  metadata: { labels: Record<string, string | null> };
  spec: { containers: { name: string; env?: Entry[] }[] };
};

export class World {
  now = NOW;
  profile: ObservedProfile = profile();
  configMaps: ObservedConfigMap[] = [];
  probes: ObservedProbe[] = [];
  readonly backend = new Backend((configMap) =>
    Number(this.configMaps.find(({ name }) => name === configMap)?.data['DB_POOL_MAX'] ?? 0),
  );
  /** The operator's writes of the pod template, each with the ConfigMap that it points at. */
  readonly templateWrites: (string | undefined)[] = [];
  /** What the next probe will say. */
  nextVerdict: Verdict = verdict();
  /** Every probe that was started, by probeHash. */
  readonly started: string[] = [];
  /** What the operator's caches hold of kinds whose watch is behind. */
  #stale: Partial<Pick<Observed, Kind>> = {};
  #version = 0;

  observed(): Observed {
    const { now, profile, configMaps, probes, backend } = this;
    const isLabelled = backend.sets.filter(({ template }) => template.labels.profile === profile.name);
    const configs = new Set(isLabelled.map(({ config }) => config));
    return observed({
      now,
      profile,
      deployment: backend.deployment,
      configMaps,
      probes,
      replicaSets: isLabelled.map(({ template: _, ...set }) => set),
      pods: backend.pods.filter(({ config }) => configs.has(config)),
      ...this.#stale,
    });
  }

  /** The watches of these kinds tell nothing more until `catchUp`. */
  fallBehind(kinds: readonly Kind[]): void {
    const seen = this.observed();
    for (const kind of kinds) this.#stale = { ...this.#stale, [kind]: seen[kind] };
  }

  catchUp(): void {
    this.#stale = {};
  }

  /** One look of the operator. Dies after `writes` of its actions, before the status, if that is given; a refused write ends it too. */
  look(writes = Number.POSITIVE_INFINITY): Decision {
    const decision = decide(this.observed());
    try {
      for (const action of decision.actions.slice(0, writes)) this.#carryOut(action);
    } catch (error) {
      if (error instanceof RefusedError) return decision;
      throw error;
    }
    if (decision.actions.length <= writes) this.profile = { ...this.profile, status: decision.status };
    return decision;
  }

  /** The controllers of the cluster do all that they have to do. */
  settle(): void {
    this.probes = this.probes.map((probe) => (probe.end === undefined ? this.#ran(probe) : probe));
    this.backend.roll(this.now);
  }

  /** Looks and settles until nothing is left to do; fails where that does not end. */
  converge(): void {
    this.catchUp();
    for (let round = 0; round < 60; round += 1) {
      const before = JSON.stringify(this.observed());
      const { lookAgainAfterMs, actions } = this.look();
      this.settle();
      const isQuiet = actions.length === 0 && JSON.stringify(this.observed()) === before;
      if (isQuiet && (lookAgainAfterMs === undefined || lookAgainAfterMs > 600_000)) return;
      this.now += isQuiet ? (lookAgainAfterMs ?? 1000) : 1000;
    }
    throw new Error(`no rest after 60 rounds: ${JSON.stringify(this.profile.status.conditions)}`);
  }

  /** Somebody sets DB_POOL_MAX by hand. */
  setByHand(value: string): void {
    const { template } = this.backend;
    const entry = { name: 'DB_POOL_MAX', value };
    const edited: ObservedVariable = {
      name: entry.name,
      source: { kind: 'value', value },
      managers: ['kubectl-set'],
      entry,
    };
    this.backend.write({ ...template, env: [...template.env.filter(({ name }) => name !== entry.name), edited] });
  }

  #carryOut(action: Action): void {
    const { kind, object } = action;
    if (object.kind === 'ConfigMap' && kind === 'delete') this.#deleteConfigMap(object);
    else if (kind === 'delete') this.probes = this.probes.filter(({ uid }) => uid !== object.metadata.uid);
    else if (object.kind === 'Job') this.#createJob(object);
    else if (object.kind === 'ConfigMap') this.#writeConfigMap(kind, object);
    else if (kind === 'apply') this.#applyTemplate(object, action.force ?? false);
    else if (kind === 'merge') this.#mergeTemplate(object);
    else throw new Error(`the world knows no ${kind} of ${object.kind}`);
  }

  #deleteConfigMap({ metadata: { uid, name } }: KubeObject): void {
    this.configMaps = this.configMaps.filter((one) => one.uid !== uid);
    this.#saw('configMaps', (known) => known.filter((one) => one.name !== name));
  }

  #writeConfigMap(kind: Action['kind'], { metadata, data, immutable }: KubeObject): void {
    const { name } = metadata;
    const before = this.configMaps.find((one) => one.name === name);
    if (kind === 'create' && before !== undefined) throw new RefusedError('409 AlreadyExists');
    if (kind === 'apply' && metadata.resourceVersion !== before?.resourceVersion)
      throw new RefusedError('409 Conflict');
    this.#version += 1;
    const written = {
      name,
      uid: before?.uid ?? `uid ${this.#version}`,
      isMadeByUs: true,
      marks: marksOf(metadata['annotations'] as Record<string, string> | undefined),
      resourceVersion: String(this.#version),
      immutable,
      data,
      owners: metadata['ownerReferences'],
    } as ObservedConfigMap;
    this.configMaps = [...this.configMaps.filter((one) => one.name !== name), written];
    this.#saw('configMaps', (known) => [...known.filter((one) => one.name !== name), written]);
  }

  #createJob({ metadata }: KubeObject): void {
    const annotations = metadata['annotations'] as Record<string, string>;
    if (this.probes.some(({ job }) => job === metadata.name)) throw new RefusedError('409 AlreadyExists');
    const probeHash = annotations[ANNOTATION.probeHash] ?? '';
    this.started.push(probeHash);
    const made: ObservedProbe = {
      job: metadata.name,
      uid: `uid of ${metadata.name} ${this.started.length}`,
      ownerUid: this.profile.uid,
      probeHash,
      attempt: Number(annotations[ANNOTATION.attempt]),
      failures: Number(annotations[ANNOTATION.failures] ?? 0),
      turn: annotations[ANNOTATION.turn],
      isForced: false,
      hosts: '',
      refusal: undefined,
      requestedAt: annotations[ANNOTATION.probeRequestedAt],
      createdAt: this.now,
      end: undefined,
      pods: [],
    };
    this.probes = [...this.probes, made];
    this.#saw('probes', (known) => [...known, made]);
  }

  #ran(probe: ObservedProbe): ObservedProbe {
    const said = this.nextVerdict;
    return {
      ...probe,
      end: { succeeded: said.outcome === 'Succeeded', at: this.now, reason: '', message: '' },
      pods: [
        {
          name: `${probe.job}-abcde`,
          ownerUid: probe.uid,
          waiting: undefined,
          terminated: { exitCode: EXIT_CODES[said.outcome], message: JSON.stringify(said), at: this.now },
          essence: probe.probeHash,
          hosts: probe.hosts,
          failure: undefined,
        },
      ],
    };
  }

  #applyTemplate(object: KubeObject, isForced: boolean): void {
    const { labels, env: sent } = this.#sent(object);
    const { template } = this.backend;
    const kept = template.env.filter(({ name, managers }) => !isSent(sent, name) && !isOurs(managers));
    this.#write(object, [...kept, ...sent.map((entry) => applied(template.env, entry, isForced))], labels);
  }

  #mergeTemplate(object: KubeObject): void {
    const { labels, env: sent } = this.#sent(object);
    const { template } = this.backend;
    const kept = template.env.filter(({ name }) => !isSent(sent, name));
    const put = sent
      .filter((entry) => !('$patch' in entry))
      .map((entry) => variableOf(merged({}, entry), [FIELD_MANAGER]));
    this.#write(object, [...kept, ...put], labels);
  }

  /** What is sent of the template, where its fence holds. */
  #sent({ metadata, spec }: KubeObject) {
    const { deployment } = this.backend;
    if (metadata.uid !== deployment.uid) throw new RefusedError('422: another uid');
    if (metadata.resourceVersion !== deployment.resourceVersion) throw new RefusedError('409 Conflict');
    if (Object.keys(spec as object).join() !== 'template') throw new Error('more than the template is sent');
    const {
      metadata: { labels },
      spec: pod,
    } = (spec as { template: Applied }).template;
    return { labels, env: pod.containers[0]?.env ?? [] };
  }

  #write({ metadata }: KubeObject, env: readonly ObservedVariable[], labels: Applied['metadata']['labels']): void {
    const annotations = metadata['annotations'] as Record<string, string | null> | undefined;
    this.backend.write(
      {
        rest: this.backend.template.rest,
        env,
        labels: { profile: labels[LABEL.profile] ?? undefined, config: labels[LABEL.config] ?? undefined },
      },
      annotations?.[ANNOTATION.originals] ?? undefined,
    );
    this.templateWrites.push(this.backend.configInUse);
    this.#saw('deployment', () => this.backend.deployment);
  }

  /** The answer to a write is in the cache at once, however far behind the watch is. */
  #saw<K extends Kind>(kind: K, change: (known: NonNullable<Observed[K]>) => Observed[K]): void {
    const known = this.#stale[kind];
    if (known !== undefined) this.#stale = { ...this.#stale, [kind]: change(known) };
  }
}

const isOurs = (managers: readonly string[]) => managers.every((manager) => manager === FIELD_MANAGER);

const isSent = (sent: readonly Entry[], name: string) => sent.some((entry) => entry['name'] === name);

/** What an entry becomes when ours is applied to it, as the API server does it. */
function applied(env: readonly ObservedVariable[], sent: Entry, isForced: boolean): ObservedVariable {
  const there = env.find(({ name }) => name === sent['name']);
  if (there === undefined || isOurs(there.managers)) return variableOf(merged({}, sent), [FIELD_MANAGER]);
  const entry = merged(there.entry, sent);
  if (JSON.stringify(entry) === JSON.stringify(there.entry))
    return { ...there, managers: [...new Set([...there.managers, FIELD_MANAGER])] };
  if (!isForced) throw new RefusedError('409 Conflict: somebody else owns it');
  return variableOf(entry, [FIELD_MANAGER]);
}

function variableOf(entry: JsonValue, managers: readonly string[]): ObservedVariable {
  const { name, value, valueFrom } = entry as {
    name: string;
    value?: string;
    valueFrom?: { configMapKeyRef: Reference };
  };
  if (valueFrom === undefined) return { name, source: { kind: 'value', value: value ?? '' }, entry, managers };
  if (value !== undefined) throw new RefusedError(`422: ${name} has a value and a source of it`);
  return { name, source: { kind: 'configMap', ...valueFrom.configMapKeyRef }, entry, managers };
}

type Reference = { readonly name: string; readonly key: string };

function merged(before: JsonValue, sent: JsonValue): JsonValue {
  if (!isObject(sent)) return sent;
  const result = new Map(Object.entries(isObject(before) ? before : {}));
  for (const [key, value] of Object.entries(sent)) {
    if (value === null) result.delete(key);
    else result.set(key, merged(result.get(key), value));
  }
  return Object.fromEntries(result);
}

const isObject = (value: JsonValue): value is Entry =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

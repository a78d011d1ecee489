/**
 * A simulated cluster, as small as the promises of `decide` allow: it carries out actions as the API server would
 * (create-only, fenced by resourceVersion) and plays the Deployment controller, the Job controller and the kubelet.
 */
import type {
  ObservedConfigMap,
  ObservedDeployment,
  ObservedProbe,
  ObservedProfile,
  ObservedVariable,
} from '../../src/core/observed.ts';
import type { Action, KubeObject } from '../../src/core/step.ts';
import { decide } from '../../src/core/decide.ts';
import { EXIT_CODES, type Verdict } from '../../src/verdict.ts';
import { ANNOTATION, FIELD_MANAGER } from '../../src/core/naming.ts';
import { NOW, deployment, profile, verdict } from './builders.ts';

type Template = {
  metadata: { labels: object };
  spec: {
    containers: {
      name: string;
      env: { name: string; valueFrom: { configMapKeyRef: { name: string; key: string } } }[];
    }[];
  };
};

export class World {
  now = NOW;
  profile: ObservedProfile = profile();
  deployment: ObservedDeployment | undefined = deployment();
  configMaps: ObservedConfigMap[] = [];
  probes: ObservedProbe[] = [];
  /** Writes of the pod template. */
  templateWrites = 0;
  /** What the next probe will say. */
  nextVerdict: Verdict = verdict();
  /** Every probe that was started, by probeHash. */
  readonly started: string[] = [];

  observed() {
    const { now, profile, deployment, configMaps, probes } = this;
    return { now, settings: { probeImage: 'dbpool-operator:test' }, profile, deployment, configMaps, probes };
  }

  /** One look of the operator; dies after `writes` of its actions, before the status, if that is given. */
  look(writes = Number.POSITIVE_INFINITY) {
    const decision = decide(this.observed());
    for (const action of decision.actions.slice(0, writes)) this.#carryOut(action);
    if (decision.actions.length <= writes) this.profile = { ...this.profile, status: decision.status };
    return decision;
  }

  /** The controllers of the cluster do all that they have to do. */
  settle(): void {
    this.probes = this.probes.map((probe) => (probe.end === undefined ? this.#ran(probe) : probe));
    if (this.deployment === undefined) return;
    const { generation, replicas } = this.deployment;
    this.deployment = {
      ...this.deployment,
      status: {
        observedGeneration: generation,
        replicas,
        updatedReplicas: replicas,
        availableReplicas: replicas,
        deadlineExceeded: undefined,
      },
    };
  }

  /** Looks and settles until nothing is left to do; fails where that does not end. */
  converge(): void {
    for (let round = 0; round < 20; round += 1) {
      const before = JSON.stringify(this.observed());
      const { lookAgainAfterMs } = this.look();
      this.settle();
      if (lookAgainAfterMs === undefined && JSON.stringify(this.observed()) === before) return;
      this.now += lookAgainAfterMs ?? 1000;
    }
    throw new Error(`no rest after 20 rounds: ${JSON.stringify(this.profile.status.conditions)}`);
  }

  /** Name of the ConfigMap that the template's container reads from. */
  configInUse(): string | undefined {
    const source = this.deployment?.containers[0]?.env[0]?.source;
    return source?.kind === 'configMap' ? source.name : undefined;
  }

  #carryOut({ kind, object }: Action): void {
    if (kind === 'delete') {
      this.probes = this.probes.filter(({ uid }) => uid !== object.metadata.uid);
    } else if (object.kind === 'ConfigMap') {
      this.#writeConfigMap(object);
    } else if (object.kind === 'Job') {
      this.#createJob(object);
    } else {
      this.#applyTemplate(object);
    }
  }

  #writeConfigMap({ metadata, data, immutable }: KubeObject): void {
    const { name } = metadata;
    const written = {
      name,
      resourceVersion: '1',
      immutable,
      data,
      owners: metadata['ownerReferences'],
    } as ObservedConfigMap;
    this.configMaps = [...this.configMaps.filter((one) => one.name !== name), written];
  }

  #createJob({ metadata }: KubeObject): void {
    const annotations = metadata['annotations'] as Record<string, string>;
    if (this.probes.some(({ job }) => job === metadata.name))
      throw new Error(`409 AlreadyExists: Job ${metadata.name}`);
    const probeHash = annotations[ANNOTATION.probeHash] ?? '';
    this.started.push(probeHash);
    this.probes = [
      ...this.probes,
      {
        job: metadata.name,
        uid: `uid of ${metadata.name}`,
        ownerUid: this.profile.uid,
        probeHash,
        attempt: Number(annotations[ANNOTATION.attempt]),
        requestedAt: annotations[ANNOTATION.probeRequestedAt],
        createdAt: this.now,
        end: undefined,
        pods: [],
      },
    ];
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
          terminated: { exitCode: EXIT_CODES[said.outcome], message: JSON.stringify(said) },
          failure: undefined,
        },
      ],
    };
  }

  #applyTemplate({ metadata, spec }: KubeObject): void {
    const before = this.deployment;
    if (before === undefined || metadata.uid !== before.uid) throw new Error('422: another uid, or no such Deployment');
    if (metadata.resourceVersion !== before.resourceVersion) throw new Error('409 Conflict');
    const { template } = spec as { template: Template };
    const [applied] = template.spec.containers;
    const env = (applied?.env ?? []).map(({ name, valueFrom }): ObservedVariable => ({
      name,
      source: { kind: 'configMap', ...valueFrom.configMapKeyRef },
      managers: [FIELD_MANAGER],
    }));
    this.templateWrites += 1;
    this.deployment = {
      ...before,
      generation: before.generation + 1,
      resourceVersion: String(Number(before.resourceVersion) + 1),
      containers: before.containers.map((container) =>
        container.name === applied?.name ? { ...container, env } : container,
      ),
    };
  }
}

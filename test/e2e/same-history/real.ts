/** The history on a real cluster, as its audit log has it: in the namespace of which the audit policy keeps whole objects. */
import { stringify } from 'yaml';
import { auditedObjects, type AuditedObject } from '../../support/audit-objects.ts';
import {
  apply,
  CRASHING_RELEASE,
  json,
  plainBackend,
  ready,
  RELEASE,
  say,
  type Status,
  unproven,
  type Variable,
  variables,
} from '../shop.ts';
import { rolledOut } from '../revisions.ts';
import { kubectl, namespaceCalled, NODE, PATIENTLY, run, waitFor } from '../support.ts';
import { addChange, addReason, HANGS, play, type Seen, type Stage } from './history.ts';

/** See test/bed/kind/audit-policy.yaml. */
const NAMESPACE = 'as-simulated';

const REVISION = 'deployment.kubernetes.io/revision';

const BACKEND = plainBackend('api', { replicas: 1 });

const STAGE: Stage = {
  apply: async (max) => void (await apply(NAMESPACE, unproven({ max }))),
  undo: async () => void (await kubectl(['rollout', 'undo', '-n', NAMESPACE, 'deployment/api'])),
  retry: () => say(NAMESPACE, 'retry', 'now'),
  setByHand: async (max) =>
    void (await kubectl(['set', 'env', '-n', NAMESPACE, 'deployment/api', `DB_POOL_MAX=${max}`])),
  scale: async (replicas) =>
    void (await kubectl(['scale', '-n', NAMESPACE, 'deployment/api', `--replicas=${replicas}`])),
  evict: async () => {
    const { items } = await json<{ items: readonly { metadata: { name: string } }[] }>('get', '-n', NAMESPACE, 'pods');
    for (const { metadata } of items) {
      const path = `/api/v1/namespaces/${NAMESPACE}/pods/${metadata.name}/eviction`;
      const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: metadata.name } };
      await kubectl(['create', '--raw', path, '-f', '-'], { stdin: JSON.stringify(eviction) });
      await kubectl(['wait', '-n', NAMESPACE, `pod/${metadata.name}`, '--for=delete', PATIENTLY]);
    }
  },
  replace: async () => {
    await kubectl(['replace', '-n', NAMESPACE, '-f', '-'], { stdin: stringify(BACKEND) });
    await waitFor('the variables to be put back', async () => {
      const there = await variables(NAMESPACE);
      return there.length > 0 ? { done: true } : { last: 'there are none' };
    });
  },
  release: async (isCrashing) =>
    void (await kubectl([
      'set',
      'env',
      '-n',
      NAMESPACE,
      'deployment/api',
      isCrashing ? `${RELEASE}=${CRASHING_RELEASE}` : `${RELEASE}-`,
    ])),
  rests: async (reason) => {
    // A person's word or an edit of the backend makes no new generation of the profile: the rollout tells whether it was seen.
    if (reason !== HANGS) await rolledOut(NAMESPACE);
    await ready(NAMESPACE, 'pool', reason);
    if (reason !== HANGS) await rolledOut(NAMESPACE);
  },
};

type Template = { readonly spec: { readonly containers: readonly { readonly env?: readonly Variable[] }[] } };
type Workload = {
  readonly metadata: { readonly uid: string; readonly annotations?: Readonly<Record<string, string>> };
  readonly spec: { readonly template: Template };
};
type ConfigMap = { readonly metadata: { readonly name: string }; readonly data?: Readonly<Record<string, string>> };

const of = (all: readonly AuditedObject[], resource: string) => all.filter((one) => one.resource === resource);

export async function seenOnKind(): Promise<Seen> {
  await namespaceCalled(NAMESPACE);
  const startedAt = Date.now();
  await apply(NAMESPACE, BACKEND);
  await kubectl(['rollout', 'status', '-n', NAMESPACE, 'deployment/api', PATIENTLY]);
  await play(STAGE);
  const all = (await auditedObjects(run, NODE, NAMESPACE)).filter(({ at }) => at >= startedAt);
  const data = new Map(
    of(all, 'configmaps').map(({ object }) => {
      const { metadata, data: values } = object as ConfigMap;
      return [metadata.name, values] as const;
    }),
  );
  const maxOf = ({ spec: { containers } }: Template): string => {
    const found = containers[0]?.env?.find(({ name }) => name === 'DB_POOL_MAX');
    const source = found?.valueFrom?.configMapKeyRef?.name;
    return found?.value ?? (source === undefined ? undefined : data.get(source)?.['DB_POOL_MAX']) ?? 'none';
  };
  const templates: string[] = [];
  for (const { object } of of(all, 'deployments')) addChange(templates, maxOf((object as Workload).spec.template));
  const revisions: string[] = [];
  const known = new Map<string, string | undefined>();
  for (const { object } of of(all, 'replicasets')) {
    const { metadata, spec } = object as Workload;
    const revision = metadata.annotations?.[REVISION];
    if (revision === undefined || known.get(metadata.uid) === revision) continue;
    known.set(metadata.uid, revision);
    revisions.push(`${revision}: ${maxOf(spec.template)}`);
  }
  const reasons: string[] = [];
  for (const { object } of of(all, 'dbpoolprofiles/status')) {
    const { conditions } = (object as { status?: Status }).status ?? {};
    addReason(reasons, conditions?.find(({ type }) => type === 'Ready')?.reason);
  }
  return { templates, revisions, reasons };
}

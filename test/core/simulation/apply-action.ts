/** What the API server makes of a pod template when somebody applies or merges what is theirs of it. Knows no cluster. */
import type { JsonValue } from '../../../src/core/model/json.ts';
import { ANNOTATION, FIELD_MANAGER, LABEL } from '../../../src/core/model/naming.ts';
import type { ObservedDeployment, ObservedVariable } from '../../../src/core/model/observed.ts';
import type { Action } from '../../../src/core/model/action.ts';

/** The API server refuses a write: somebody was first, or it is not valid. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError' as const;
}

/** What is gone already is no conflict. */
export function mustBeAt(version: string | undefined, there: { readonly resourceVersion: string } | undefined): void {
  if (there !== undefined && there.resourceVersion !== version) throw new RefusedError('409 Conflict');
}

type Entry = { readonly [key: string]: JsonValue };
type Env = readonly ObservedVariable[];
type Sent = {
  readonly metadata: { readonly labels: Readonly<Record<string, string | null>> };
  readonly spec?: { readonly containers: readonly { readonly name: string; readonly env?: readonly Entry[] }[] };
};
type Annotations = Readonly<Record<string, string | null>> | undefined;

/** What of a Deployment the operator's write changes. */
export function writtenTo({ containers: before, labels, adoptedEnv: kept }: ObservedDeployment, action: Action) {
  const { metadata, spec } = action.object;
  if (Object.keys(spec as object).join() !== 'template') throw new Error('more than the template is sent');
  const { metadata: meta, spec: pod } = (spec as { template: Sent }).template;
  const [target] = pod?.containers ?? [];
  if (target !== undefined && before.every(({ name }) => name !== target.name))
    throw new RefusedError('422: a container without an image');
  const isForced = action.kind === 'rollOut' && action.force;
  const writtenInto = (env: Env, sent: readonly Entry[]) =>
    action.kind === 'restoreTemplate' ? mergedInto(env, sent) : appliedTo(env, sent, isForced);
  const containers = before.map((container) => {
    const sent = container.name === target?.name ? target.env : undefined;
    return { ...container, env: writtenInto(container.env, sent ?? []) };
  });
  const originals = (metadata['annotations'] as Annotations)?.[ANNOTATION.adoptedEnv];
  return {
    containers,
    labels: action.kind === 'restoreTemplate' ? { ...labels, ...labelsIn(meta) } : { ...NO_LABELS, ...labelsIn(meta) },
    adoptedEnv: originals === null ? undefined : (originals ?? kept),
  };
}

const NO_LABELS: ObservedDeployment['labels'] = { profile: undefined, config: undefined };

const labelsIn = ({ labels }: Sent['metadata']) => ({
  ...(LABEL.profile in labels && { profile: labels[LABEL.profile] ?? undefined }),
  ...(LABEL.configHash in labels && { config: labels[LABEL.configHash] ?? undefined }),
});

/** Server-side apply under the operator's name: what is ours and not sent any more goes. */
function appliedTo(env: Env, sent: readonly Entry[], isForced: boolean): ObservedVariable[] {
  const kept = env.filter(({ name, managers }) => !isSent(sent, name) && !isOurs(managers));
  return [...kept, ...sent.map((entry) => applied(env, entry, isForced))];
}

/** Strategic merge patch under the operator's name. */
function mergedInto(env: Env, sent: readonly Entry[]): ObservedVariable[] {
  const put = sent
    .filter((entry) => !('$patch' in entry))
    .map((entry) =>
      ownedByOperator(
        merged({}, entry),
        env.find(({ name }) => name === entry['name']),
      ),
    );
  return [...env.filter(({ name }) => !isSent(sent, name)), ...put];
}

const isOurs = (managers: readonly string[]) => managers.every((manager) => manager === FIELD_MANAGER);

const isSent = (sent: readonly Entry[], name: string) => sent.some((entry) => entry['name'] === name);

/** What an entry becomes when ours is applied to it. */
function applied(env: Env, sent: Entry, isForced: boolean): ObservedVariable {
  const only = env.find(({ name }) => name === sent['name']);
  if (only === undefined || isOurs(only.managers)) return variableOf(merged({}, sent), [FIELD_MANAGER]);
  const entry = merged(only.entry, sent);
  if (JSON.stringify(entry) === JSON.stringify(only.entry))
    return {
      ...only,
      managers: withManager(only.managers, FIELD_MANAGER),
      sourceManagers: withManager(only.sourceManagers, FIELD_MANAGER),
    };
  if (!isForced && !isOurs(only.sourceManagers)) throw new RefusedError('409 Conflict: somebody else owns it');
  return ownedByOperator(entry, only);
}

const withManager = (managers: readonly string[], manager: string) => [...new Set([...managers, manager])];

/** An entry whose source is the manager's alone, since it has set another one. Whoever owned the entry before still owns its name. */
export const sourceSetBy = (manager: string, entry: ObservedVariable): ObservedVariable => ({
  ...entry,
  managers: withManager(entry.managers, manager),
  sourceManagers: [manager],
});

const ownedByOperator = (entry: JsonValue, { managers }: Pick<ObservedVariable, 'managers'> = { managers: [] }) =>
  sourceSetBy(FIELD_MANAGER, variableOf(entry, managers));

type Source = {
  readonly configMapKeyRef?: { readonly name: string; readonly key: string };
  readonly secretKeyRef?: object;
};

/** An entry as the operator sees it, all of whose parts these managers own. */
export function variableOf(entry: JsonValue, managers: readonly string[]): ObservedVariable {
  const owners = { managers, sourceManagers: managers };
  const { name, value, valueFrom } = entry as { name: string; value?: string; valueFrom?: Source };
  if (value !== undefined && valueFrom !== undefined)
    throw new RefusedError(`422: ${name} has a value and a source of it`);
  if (valueFrom === undefined) return { name, source: { kind: 'value', value: value ?? '' }, entry, ...owners };
  const { configMapKeyRef, ...others } = valueFrom;
  const kinds = Object.keys(valueFrom);
  if (kinds.length !== 1) throw new RefusedError(`422: ${name} has ${kinds.length} sources`);
  if (configMapKeyRef !== undefined)
    return { name, source: { kind: 'configMap', ...configMapKeyRef }, entry, ...owners };
  return { name, source: { kind: 'other', description: Object.keys(others).join() }, entry, ...owners };
}

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

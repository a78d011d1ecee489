/**
 * The annotation in which client-side `kubectl apply` keeps the manifest that it applied last. Whatever an owner drops from the manifest,
 * the next apply deletes by that annotation, whoever has set it since. So adopted variables are taken out of it.
 */
import { isDeepEqualJson, parseJson } from './json.ts';

export type LastAppliedEdit = {
  readonly container: string;
  /** Names of the variables to take out. */
  readonly remove: readonly string[];
  /** Entries to put back, where the container has none of that name. */
  readonly add: readonly { readonly name: string }[];
};

/** The edited text; undefined where nothing changes, or the text is not the manifest of a Deployment with that container. */
export function editLastApplied(text: string, { container, remove, add }: LastAppliedEdit): string | undefined {
  const manifest = parseJson(text);
  const found = containersIn(manifest).find((one) => one['name'] === container);
  if (found === undefined) return undefined;
  const env = Array.isArray(found['env']) ? (found['env'] as unknown[]) : [];
  const kept = env.filter((entry) => !remove.includes(nameOf(entry)));
  const edited = [...kept, ...add.filter(({ name }) => !kept.some((entry) => nameOf(entry) === name))];
  if (isDeepEqualJson(edited, env)) return undefined;
  found['env'] = edited;
  return JSON.stringify(manifest);
}

/** Names of the variables of each container, as "container/NAME"; empty where the text cannot be parsed. */
export const variablesIn = (text: string): readonly string[] =>
  containersIn(parseJson(text)).flatMap(({ name, env }) =>
    Array.isArray(env) ? env.map((entry) => `${textOf(name)}/${nameOf(entry)}`) : [],
  );

function containersIn(manifest: unknown): readonly Record<string, unknown>[] {
  const containers = ['spec', 'template', 'spec', 'containers'].reduce(fieldOf, manifest);
  return Array.isArray(containers) ? containers.filter(isObject) : [];
}

const fieldOf = (value: unknown, key: string): unknown => (isObject(value) ? value[key] : undefined);

const nameOf = (entry: unknown): string => textOf(fieldOf(entry, 'name'));

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

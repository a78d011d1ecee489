/** `kubectl apply` without `--server-side`: what it deletes by its annotation, and what the API server makes of the rest. */
import { hashOf, type JsonValue } from '../../../src/core/model/json.ts';
import { variablesIn } from '../../../src/core/model/last-applied.ts';
import type { ObservedContainer, ObservedDeployment, ObservedVariable } from '../../../src/core/model/observed.ts';
import { variableOf } from './apply-action.ts';
import type { Backend } from './backend.ts';

export const MANAGER = 'kubectl-client-side-apply';

/** As the operator's cache has it. */
export const lastAppliedOf = (text: string | undefined): ObservedDeployment['lastApplied'] =>
  text === undefined ? undefined : { hash: hashOf(text), variables: variablesIn(text) };

/** Literal values of variables in the manifest's first container. */
export type Manifest = Readonly<Record<string, string>>;

/** The owner applies a manifest; false where the API server rejects it: an entry would have a value and a source of it. */
export function applyClientSide(backend: Backend, manifest: Manifest): boolean {
  const [app, ...others] = backend.template.containers;
  if (app === undefined) return false;
  const before = backend.deployment.lastApplied ?? lastAppliedOf(backend.lastApplied);
  const isDropped = ({ name }: ObservedVariable) =>
    before?.variables.includes(`${app.name}/${name}`) === true && manifest[name] === undefined;
  const kept = app.env.filter((one) => !isDropped(one));
  const isClashing = ({ name, source }: ObservedVariable) => manifest[name] !== undefined && source.kind !== 'value';
  if (kept.some(isClashing)) return false;
  const env = [...kept.filter(({ name }) => manifest[name] === undefined), ...entriesOf(manifest)];
  backend.lastApplied = manifestOf(app, manifest);
  backend.write({ containers: [{ ...app, env }, ...others], lastWriter: MANAGER });
  return true;
}

const entriesOf = (manifest: Manifest): readonly ObservedVariable[] =>
  Object.entries(manifest).map(([name, value]) => variableOf({ name, value }, [MANAGER]));

function manifestOf({ name }: ObservedContainer, manifest: Manifest): string {
  const env: JsonValue = Object.entries(manifest).map(([variable, value]) => ({ name: variable, value }));
  return JSON.stringify({ spec: { template: { spec: { containers: [{ name, env }] } } } });
}

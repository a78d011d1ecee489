/** What the operator's collection of a ConfigMap leaves of a list of them. */
import type { ObservedConfigMap } from '../../../src/core/model/observed.ts';
import type { Backend } from './backend.ts';

/** One that a ReplicaSet without the label of the profile needs stays, and says so. `version`: the next one of an object. */
export function collecting(
  name: string,
  { backends, version }: { readonly backends: readonly Backend[]; readonly version: string },
): (known: readonly ObservedConfigMap[]) => readonly ObservedConfigMap[] {
  const unlabelled = backends.flatMap(({ sets }) => sets).filter(({ template }) => !template.labels.profile);
  const isNeeded = unlabelled.some(({ configMaps }) => configMaps.includes(name));
  const marked = (one: ObservedConfigMap) => ({
    ...one,
    resourceVersion: version,
    state: { ...one.state, unlabelled: true as const },
  });
  return (known) =>
    isNeeded ? known.map((one) => (one.name === name ? marked(one) : one)) : known.filter((one) => one.name !== name);
}

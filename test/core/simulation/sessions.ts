/** Sessions that the pods of a backend may open, as far as anybody can know. */
import { parseAdopted } from '../../../src/core/backend/adopted-variables.ts';
import { type Backend } from './backend.ts';
import { keyOf, type Pod, withoutEnv } from './pods.ts';

export const sessionsOf = (pods: readonly Pod[]): number => pods.reduce((sum, { max = 0 }) => sum + max, 0);

/**
 * Pods whose sessions the operator can know of. Of those without its labels it knows how many there are, and their end only by a number,
 * while their ReplicaSet is there. They have what stands in the template, what was adopted last, or what was rolled out: a literal of others is gone with the
 * template.
 */
export function toldPods(backend: Backend): readonly Pod[] {
  const { template, sets, deployment, countsTerminating } = backend;
  const adopted = parseAdopted(deployment.adoptedEnv)?.env.map(({ value }) => Number(value)) ?? [];
  const known = [backend.maxOf(template), backend.maxOf(withoutEnv(template)), ...adopted];
  const isCounted = ({ isTerminating, ownerUid }: Pod) =>
    !isTerminating || (countsTerminating && sets.some(({ uid }) => uid === ownerUid));
  return backend.pods.filter(
    (one) =>
      one.template.labels.profile !== undefined ||
      ((known.includes(one.max) || (one.literalMax === undefined && one.configMaps.length > 0)) && isCounted(one)),
  );
}

/** Sessions that there may be before all pods are those of the template as it stands, at the least. */
export function leastPeak(backend: Backend): number {
  const { deployment, template, sets, live } = backend;
  const { replicas, strategy } = deployment;
  const key = keyOf(template);
  const newest = sets.find((set) => keyOf(set.template) === key);
  const missing = Math.max(0, replicas - live.filter(({ ownerUid }) => ownerUid === newest?.uid).length);
  const wanted = backend.maxOf(template) ?? 0;
  const present = sessionsOf(toldPods(backend));
  return strategy.kind === 'Recreate' ? Math.max(present, replicas * wanted) : present + missing * wanted;
}

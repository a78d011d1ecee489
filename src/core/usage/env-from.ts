/** Which ConfigMaps of `envFrom` a decision needs, so that the controller reads no others. */
import { isManaged } from '../backend/managed-variables.ts';
import { findTarget } from '../backend/find-target.ts';
import { withStateFor } from '../model/config-state.ts';
import type { ObservedBackend } from '../model/observed.ts';
import { preProfileMaxMatters } from './pool-sizes.ts';

/**
 * Names of the ConfigMaps that the container's `envFrom` takes variables from. Empty where they do not matter: the operator has
 * set the variables, and no pod runs with, or may go back to, what was there before the profile.
 */
export function envFromToRead(observed: ObservedBackend): readonly string[] {
  const { profile, deployment } = observed;
  if (profile.spec.kind === 'invalid' || profile.isDeleting) return [];
  const { spec } = profile.spec;
  const target = findTarget(observed, spec, deployment);
  if ('progress' in target) return [];
  const { container } = target;
  const configMaps = withStateFor(target.deployment, observed.configMaps);
  if (isManaged({ profile, configMaps }, target) && !preProfileMaxMatters(observed, spec, target)) return [];
  return [
    ...new Set(container.envFrom.flatMap(({ kind, name }) => (kind === 'ConfigMap' && name !== '' ? [name] : []))),
  ];
}

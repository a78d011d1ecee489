/**
 * A profile that takes a backend over, as one that was renamed does, takes over what was good, too: the settings that the template has from
 * the former profile become good settings of its own, with a ConfigMap of its own. So a rollback goes back to them.
 */
import { configMapInUse, type Target } from '../backend/target.ts';
import { hasSucceeded, withStateFor } from '../model/config-state.ts';
import type { ConfigChange } from '../model/decision.ts';
import { configHashFromName, configMapName } from '../model/naming.ts';
import type { Observed } from '../model/observed.ts';
import { ownersOf } from './owners.ts';
import { parseConfigMap } from './pool-config.ts';

/** The ConfigMap to render; undefined where the template has no good settings of a former profile. */
export function formerGoodConfig(
  { profile, former }: Pick<Observed, 'profile' | 'former'>,
  { deployment, container }: Target,
): ConfigChange | undefined {
  const inUse = configMapInUse(container);
  const [found] = withStateFor(
    deployment,
    former.configMaps.filter(({ name }) => name === inUse),
  );
  if (found?.state.lastGood === undefined || !hasSucceeded(found.state)) return undefined;
  const { at } = found.state.lastGood;
  const name = configMapName(profile.name, configHashFromName(found.name));
  const copy = { name, data: found.data, immutable: true, state: { lastGood: { sequence: 1, at } } };
  return (
    parseConfigMap(profile.name, copy) && {
      name,
      data: copy.data,
      owners: ownersOf(deployment, profile),
      state: copy.state,
    }
  );
}

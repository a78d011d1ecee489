/** Where the pod template stands against the desired configuration. Derived once for all rollout steps. */
import { podsOn } from '../backend/pods.ts';
import { configMapInUse, type Target } from '../backend/target.ts';
import type { Desired } from '../config/desired.ts';
import { configMapFor, type PoolConfig } from '../config/pool-config.ts';
import type { ConfigState } from '../model/config-state.ts';
import { configHashFromName, isConfigMapNameOf } from '../model/naming.ts';
import type { ConfigRecord, Observed, ObservedPod } from '../model/observed.ts';

/** A configuration that is to run, by the ConfigMap that carries it. */
export type DesiredConfigMap = {
  readonly config: PoolConfig;
  /** The one in use where its data are equal: the data decide, so another hash function rolls nothing. */
  readonly name: string;
  readonly hash: string;
  readonly state: ConfigState;
  /** Pods that run it, by their label. */
  readonly pods: readonly ObservedPod[];
};

export type CurrentTemplate = {
  /** Whether the template is as desired. */
  readonly isDesired: boolean;
  /** Undefined where the backend goes back to before the profile. */
  readonly configMap: DesiredConfigMap | undefined;
};

export function currentTemplate({
  observed: { profile, pods },
  records,
  target: { container },
  desired,
}: {
  readonly observed: Pick<Observed, 'profile' | 'pods'>;
  readonly records: readonly ConfigRecord[];
  readonly target: Target;
  readonly desired: Desired;
}): CurrentTemplate {
  if (desired.kind === 'preProfile') {
    const isOurs = container.env.some(
      ({ source }) => source.kind === 'configMap' && isConfigMapNameOf(profile.name, source.name),
    );
    return { isDesired: !isOurs, configMap: undefined };
  }
  const { config } = desired;
  const inUse = configMapInUse(container);
  const { name, state } = configMapFor(config, inUse, records) ?? { name: config.name, state: {} };
  const hash = configHashFromName(name);
  return { isDesired: name === inUse, configMap: { config, name, hash, state, pods: podsOn(pods, hash) } };
}

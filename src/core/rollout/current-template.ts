/** Whether the pod template uses the desired configuration. Derived once for all rollout steps. */
import { podsOn } from '../backend/pods.ts';
import { configMapInUse, type Target } from '../backend/target.ts';
import type { Desired } from '../config/desired.ts';
import { configMapFor, type PoolConfig } from '../config/pool-config.ts';
import type { ConfigState } from '../model/config-state.ts';
import { configHashFromName } from '../model/naming.ts';
import type { ConfigRecord, Observed, ObservedPod } from '../model/observed.ts';

/** The desired configuration and the ConfigMap that carries it. */
export type DesiredConfigMap = {
  readonly config: PoolConfig;
  /** Name of the ConfigMap: the one in use where its data are equal, so that another hash function causes no rollout. */
  readonly name: string;
  /** Hash in the name of the ConfigMap. */
  readonly hash: string;
  readonly state: ConfigState;
  /** Pods with the label of the configuration. */
  readonly pods: readonly ObservedPod[];
};

export type CurrentTemplate = {
  /** Whether the template uses the desired configuration, or the variables from before the profile where those are desired. */
  readonly isDesired: boolean;
  /** Undefined where the variables from before the profile are desired. */
  readonly configMap: DesiredConfigMap | undefined;
};

export function currentTemplate({
  observed: { pods },
  records,
  target: { container },
  desired,
}: {
  readonly observed: Pick<Observed, 'pods'>;
  readonly records: readonly ConfigRecord[];
  readonly target: Target;
  readonly desired: Desired;
}): CurrentTemplate {
  if (desired.kind === 'preProfile') {
    const isConfigured = container.env.some(
      ({ source }) => source.kind === 'configMap' && records.some(({ name }) => name === source.name),
    );
    return { isDesired: !isConfigured, configMap: undefined };
  }
  const { config } = desired;
  const inUse = configMapInUse(container);
  const { name, state } = configMapFor(config, inUse, records) ?? { name: config.name, state: {} };
  const hash = configHashFromName(name);
  return { isDesired: name === inUse, configMap: { config, name, hash, state, pods: podsOn(pods, hash) } };
}

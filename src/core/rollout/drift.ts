/**
 * Drift: another owner edited the variables after they were rolled out. The operator reports the edit and sets them again, with
 * a growing pause where edits repeat, as with a GitOps tool that applies its own values.
 */
import { VARIABLES } from '../model/variables.ts';
import type { StateOf } from '../model/config-state.ts';
import { FIELD_MANAGER, isConfigMapNameOf } from '../model/naming.ts';
import { configMapInUse } from '../backend/target.ts';
import type { ConfigRollout } from './context.ts';

const FIRST_PAUSE_MS = 30_000;
const MAX_PAUSE_MS = 300_000;

/** Milliseconds without an edit after which the next repair comes without a pause again. */
const DRIFT_RESET_MS = 1_800_000;

export type DriftRepair = {
  /** The state of the configuration once the repair is done. */
  readonly record: StateOf<'driftRepair'>;
  /** Milliseconds until the repair may start; 0 for now. */
  readonly waitMs: number;
  /** Which variables were edited, and by which field managers. */
  readonly message: string;
};

/** Undefined where the variables are as the operator set them. `isRecorded`: the ConfigMap has the record of this repair. */
export function driftRepair(
  { observed: { profile, now }, target: { deployment, container }, configMap }: ConfigRollout,
  isRecorded: boolean,
): DriftRepair | undefined {
  const { rollout, driftRepair: last } = configMap.state;
  const inUse = configMapInUse(container);
  if (deployment.labels.profile !== profile.name || deployment.labels.config === undefined || rollout === undefined)
    return undefined;
  if (inUse !== undefined && isConfigMapNameOf(profile.name, inUse)) return undefined;
  const edited = VARIABLES.flatMap((variable) => {
    const entry = container.env.find(({ name }) => name === variable);
    if (entry === undefined) return [`${variable} was removed`];
    const { source, managers } = entry;
    const isUnedited = source.kind === 'configMap' && isConfigMapNameOf(profile.name, source.name);
    const others = managers.filter((manager) => manager !== FIELD_MANAGER);
    return isUnedited ? [] : [`${variable} was set by ${others.join(' and ') || 'an unknown owner'}`];
  });
  const isRecent = last !== undefined && now - last.at < DRIFT_RESET_MS;
  const pauseMs = isRecent ? Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(last.count - 1, 10)) : 0;
  return {
    record: { count: isRecent ? last.count + 1 : 1, at: now },
    waitMs: isRecent && !isRecorded ? Math.max(0, last.at + pauseMs - now) : 0,
    message: `Deployment ${deployment.name}, container ${container.name}: ${edited.join(', ')}.`,
  };
}

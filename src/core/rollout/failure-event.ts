/** The event of a rollout that failed. It outlives the pod and its log, which are gone after the rollback. */
import { formatSettings } from '../config/pool-config.ts';
import type { StateOf } from '../model/config-state.ts';
import { type Event, MAX_EVENT_MESSAGE } from '../model/decision.ts';
import { hashOf } from '../model/json.ts';
import type { ConfigRollout } from './context.ts';

/** One rollout fails once, and once more after each retry request: another process that finds the same failure writes no second event. */
export function failureEvent({ configMap }: ConfigRollout, failed: StateOf<'failed'>): Event {
  const { config, name, state } = configMap;
  const { terminationMessage } = failed.pod ?? {};
  const words = terminationMessage === undefined ? '' : `. Its termination message: ${terminationMessage}`;
  const message = `${formatSettings(config.settings)}: ${failed.message} (${failed.reason})${words}`;
  return {
    type: 'Warning',
    reason: 'RolloutFailed',
    message: message.replaceAll(/\s+/g, ' ').slice(0, MAX_EVENT_MESSAGE).toWellFormed(),
    occurrence: hashOf({ name, rollout: state.rollout?.sequence, retry: failed.retry }),
  };
}

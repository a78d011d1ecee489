/** What the owners of adopted variables have to do, in the message of `Ready` and in an event. Both quote the API server, for a search. */
import type { AdoptedVariables, EnvEntry } from '../model/adopted.ts';
import { type Event, MAX_EVENT_MESSAGE } from '../model/decision.ts';
import { hashOf, type JsonValue } from '../model/json.ts';
import { FIELD_MANAGER } from '../model/naming.ts';
import type { ObservedDeployment } from '../model/observed.ts';
import type { Target } from './target.ts';

/**
 * How the API server rejects the old manifest: an entry of it is merged with the operator's `valueFrom.configMapKeyRef`. docs/how-to
 * has the whole error.
 */
export const REJECTIONS = {
  value: 'valueFrom: Invalid value: "": may not be specified when `value` is not empty',
  otherSource: 'valueFrom: Invalid value: "": may not have more than one field specified at a time',
} as const;

/** Undefined for a reference to another ConfigMap, which replaces the operator's. */
function rejectionOf({ valueFrom }: EnvEntry): string | undefined {
  if (typeof valueFrom !== 'object' || valueFrom === null) return REJECTIONS.value;
  return 'configMapKeyRef' in valueFrom ? undefined : REJECTIONS.otherSource;
}

/** Which of the adopted variables are meant, and what their owners have to do. */
function adviceOn({ env, owners }: AdoptedVariables): string {
  const names = env.map(({ name }) => name).join(', ');
  const rejections = [...new Set(env.flatMap((entry) => rejectionOf(entry) ?? []))];
  const next =
    rejections.length === 0
      ? 'its next apply sets them again, and the operator takes that for drift'
      : `the API server rejects its next apply (${rejections.join('; ')})`;
  return `${names}, which ${owners.join(' and ') || 'their owner'} had set. Remove them from that manifest: ${next}.`;
}

/**
 * For the message of `Ready`; '' where nothing was adopted, or the owners have done it: they own the entries no more, or a client-side
 * apply came since.
 */
export function adoptionNotice(
  adopted: AdoptedVariables | undefined,
  { lastApplied, containers }: Pick<ObservedDeployment, 'lastApplied' | 'containers'>,
): string {
  if (adopted === undefined) return '';
  const { env = [] } = containers.find(({ name }) => name === adopted.container) ?? {};
  const isShared = (name: string) =>
    env.some((one) => one.name === name && one.managers.some((manager) => manager !== FIELD_MANAGER));
  const shared = adopted.env.filter(({ name }) => isShared(name));
  const hasApplied = adopted.lastApplied !== undefined && adopted.lastApplied !== lastApplied?.hash;
  return shared.length === 0 || hasApplied ? '' : ` Adopted: ${adviceOn({ ...adopted, env: shared })}`;
}

/** Variables are adopted once from the same owners: another process that adopts them, or a retry of the write, writes no second event. */
export function adoptionEvent({ deployment, container }: Target, adopted: AdoptedVariables): Event {
  const { env, owners } = adopted;
  const message = `Deployment ${deployment.name}, container ${container.name}. Adopted: ${adviceOn(adopted)}`;
  return {
    type: 'Warning',
    reason: 'VariablesAdopted',
    message: message.slice(0, MAX_EVENT_MESSAGE).toWellFormed(),
    occurrence: hashOf({ uid: deployment.uid, container: container.name, env: env as JsonValue, owners }),
  };
}

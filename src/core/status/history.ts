/** The last rollouts of a profile, newest first: from the state on its ConfigMaps, and from the status. No decision reads it. */
import type { PoolSettings, RolloutRecord } from '../../api/v1alpha1.ts';
import { parseRfc3339, toRfc3339 } from '../model/time.ts';
import { formatSettings, parseConfigMap } from '../config/pool-config.ts';
import { type ConfigState, hasSucceeded, type StateOf } from '../model/config-state.ts';
import type { ObservedConfigMap, ObservedProfile } from '../model/observed.ts';

/** Also in the schema of `status.history`. */
const MAX_HISTORY = 10;

/** The pod template as the history needs it: the state alone does not tell how a rollout ended. */
export type TemplateState = {
  /** Name of the ConfigMap that the template uses; undefined where it uses none. */
  readonly inUse: string | undefined;
  /** Hash of the configuration whose rollout a user undid; undefined where none did. */
  readonly undone: string | undefined;
  readonly isRolledBack: boolean;
};

/** Undefined where there were no rollouts. A rollout whose state is gone keeps its record in the status. */
export function historyOf(
  { name, status }: ObservedProfile,
  configMaps: readonly ObservedConfigMap[],
  template: TemplateState,
): RolloutRecord[] | undefined {
  const recorded = configMaps
    .toSorted(
      (a, b) => (b.state.rollout?.sequence ?? 0) - (a.state.rollout?.sequence ?? 0) || (a.name < b.name ? -1 : 1),
    )
    .flatMap((configMap) => {
      const { state } = configMap;
      const settings = parseConfigMap(name, configMap)?.settings;
      if (settings === undefined || state.rollout === undefined) return [];
      const isInUse = configMap.name === template.inUse;
      return [recordOf({ settings, state, rollout: state.rollout, isInUse }, template)];
    });
  const before = (status.history ?? []).filter((record) => !recorded.some((one) => isCorrected(record, one)));
  const byKey = new Map(recorded.map((record) => [keyOf(record), record]));
  const updated = before.map((record) => {
    const found = byKey.get(keyOf(record));
    if (found === undefined) return { ...record, result: past(record.result) };
    return { ...found, ...settled(record), summary: record.summary };
  });
  const added = recorded.filter((record) => !before.some((one) => keyOf(one) === keyOf(record)));
  const sorted = [...added, ...updated].toSorted((a, b) => parseRfc3339(b.startedAt) - parseRfc3339(a.startedAt));
  const history = sorted.map((record, index) =>
    record.summary === '' ? { ...record, summary: formatChange(sorted[index + 1], record) } : record,
  );
  return history.length === 0 ? undefined : history.slice(0, MAX_HISTORY);
}

const keyOf = ({ hash, startedAt }: RolloutRecord) => `${hash} ${startedAt}`;

/** Whether the start of a rollout was in the future, and its state has the corrected one: it is the newest of its settings. */
const isCorrected = (record: RolloutRecord, recorded: RolloutRecord): boolean =>
  record.hash === recorded.hash && parseRfc3339(record.startedAt) > parseRfc3339(recorded.startedAt);

/** Only the template shows that a rollout was taken back. That stays in the record when a retry changes the template again. */
const settled = ({ result, finishedAt }: RolloutRecord): Partial<RolloutRecord> =>
  result === 'RolledBack' || result === 'Undone' ? { result, ...(finishedAt !== undefined && { finishedAt }) } : {};

/** The result of a rollout whose state is gone: it cannot be in progress. */
const past = (result: RolloutRecord['result']) => (result === 'InProgress' ? 'Superseded' : result);

const formatProof = (proof: ConfigState['proof']) =>
  proof === undefined ? 'NotProven' : `PoolOpened at ${toRfc3339(proof.at)}`;

type RecordedConfig = {
  readonly settings: PoolSettings;
  readonly state: ConfigState;
  /** The one in `state`. */
  readonly rollout: StateOf<'rollout'>;
  /** Whether the template uses its ConfigMap. */
  readonly isInUse: boolean;
};

function recordOf({ settings, state, rollout, isInUse }: RecordedConfig, template: TemplateState): RolloutRecord {
  const { lastGood, failed, proof } = state;
  const startedAt = toRfc3339(rollout.startedAt);
  const started = { ...settings, proof: formatProof(proof), summary: '', startedAt };
  if (failed !== undefined && failed.sequence > rollout.sequence) {
    const isRolledBack = failed.isRequested === true || template.isRolledBack;
    return { ...started, result: isRolledBack ? 'RolledBack' : 'Failed', finishedAt: toRfc3339(failed.at) };
  }
  if (settings.hash === template.undone) return { ...started, result: 'Undone' };
  // Good settings that are put back are good before their pods run again.
  if (lastGood !== undefined && hasSucceeded(state) && rollout.completedAt !== undefined)
    return { ...started, result: 'Succeeded', finishedAt: toRfc3339(lastGood.at) };
  return { ...started, result: isInUse ? 'InProgress' : 'Superseded' };
}

const NAMES = { min: 'min', max: 'max', timeoutSeconds: 'timeout', recycleSeconds: 'recycle' } as const;

/** "max 40 → 60"; all settings where there was no rollout before. */
function formatChange(before: PoolSettings | undefined, after: PoolSettings): string {
  if (before === undefined) return formatSettings(after);
  const keys = Object.keys(NAMES) as readonly (keyof typeof NAMES)[];
  const changes = keys.filter((key) => before[key] !== after[key]);
  return changes.length === 0
    ? 'rolled out again'
    : changes.map((key) => `${NAMES[key]} ${before[key]} → ${after[key]}`).join(', ');
}

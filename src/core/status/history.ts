/** The rollouts of a profile, newest first, for people: read from the state, kept in the status. Nothing is decided by it. */
import type { PoolSettings, RolloutRecord } from '../../api/v1alpha1.ts';
import { toRfc3339, parseRfc3339 } from '../model/time.ts';
import { parseConfigMap, formatSettings } from '../config/pool-config.ts';
import type { ConfigState } from '../model/config-state.ts';
import type { ObservedConfigMap, ObservedProfile } from '../model/observed.ts';

const MAX_HISTORY = 10;

/** Where the template is and where it should be: the words for what the state alone do not say. */
export type TemplateState = {
  readonly inUse: string | undefined;
  /** The configuration whose rollout somebody took back. */
  readonly undone: string | undefined;
  readonly isRolledBack: boolean;
};

export function historyOf(
  { name, status }: ObservedProfile,
  configMaps: readonly ObservedConfigMap[],
  place: TemplateState,
): RolloutRecord[] | undefined {
  const before = status.history ?? [];
  const marked = configMaps
    .toSorted(
      (a, b) => (b.state.rollout?.startedAt ?? 0) - (a.state.rollout?.startedAt ?? 0) || (a.name < b.name ? -1 : 1),
    )
    .flatMap((configMap) => {
      const numbers = parseConfigMap(name, configMap)?.settings;
      if (numbers === undefined || configMap.state.rollout === undefined) return [];
      const record = recordOf(numbers, configMap.state, configMap.name === place.inUse, place);
      const known = before.find((one) => keyOf(one) === keyOf(record));
      return [{ ...record, summary: known?.summary ?? '' }];
    });
  const news = new Map(marked.map((record) => [keyOf(record), record]));
  const known = before.map((record) => news.get(keyOf(record)) ?? { ...record, result: past(record.result) });
  const fresh = marked.filter((record) => !before.some((one) => keyOf(one) === keyOf(record)));
  const sorted = [...fresh, ...known].toSorted((a, b) => parseRfc3339(b.startedAt) - parseRfc3339(a.startedAt));
  const told = sorted.map((record, index) =>
    record.summary === '' ? { ...record, summary: changeInWords(sorted[index + 1], record) } : record,
  );
  return told.length === 0 ? undefined : told.slice(0, MAX_HISTORY);
}

const keyOf = ({ hash, startedAt }: RolloutRecord) => `${hash} ${startedAt}`;

/** What nobody speaks of any more is over. */
const past = (result: RolloutRecord['result']) => (result === 'InProgress' ? 'Superseded' : result);

const proofInWords = (proof: ConfigState['proof']) =>
  proof === undefined ? 'NotProven' : `PoolOpened at ${toRfc3339(proof.at)}`;

function recordOf(
  numbers: PoolSettings,
  { rollout, lastGood, failed, proof }: ConfigState,
  isInUse: boolean,
  place: TemplateState,
): RolloutRecord {
  const at = rollout?.startedAt ?? 0;
  const begun = { ...numbers, proof: proofInWords(proof), summary: '', startedAt: toRfc3339(at) };
  if (failed !== undefined && failed.at >= at) {
    const isBack = failed.isRequested === true || place.isRolledBack;
    return { ...begun, result: isBack ? 'RolledBack' : 'Failed', finishedAt: toRfc3339(failed.at) };
  }
  if (numbers.hash === place.undone) return { ...begun, result: 'Undone' };
  if (lastGood !== undefined && lastGood.at >= at)
    return { ...begun, result: 'Succeeded', finishedAt: toRfc3339(lastGood.at) };
  if (isInUse) return { ...begun, result: 'InProgress' };
  return { ...begun, result: 'Superseded' };
}

const NAMES = { min: 'min', max: 'max', timeoutSeconds: 'timeout', recycleSeconds: 'recycle' } as const;

/** "max 40 → 60"; all numbers where nothing was before. */
function changeInWords(before: PoolSettings | undefined, after: PoolSettings): string {
  if (before === undefined) return formatSettings(after);
  const keys = Object.keys(NAMES) as readonly (keyof typeof NAMES)[];
  const changes = keys.filter((key) => before[key] !== after[key]);
  return changes.length === 0
    ? 'rolled again'
    : changes.map((key) => `${NAMES[key]} ${before[key]} → ${after[key]}`).join(', ');
}

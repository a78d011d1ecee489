/** The rollouts of a profile, newest first, for people: read from the marks, kept in the status. Nothing is decided by it. */
import type { PoolNumbers, RolloutRecord } from '../../api/v1alpha1.ts';
import { instant, parseInstant } from '../model/time.ts';
import { configIn, inWords } from '../config/pool-config.ts';
import { ROLLBACK_REQUESTED } from '../config/desired.ts';
import type { Marks } from '../model/config-state.ts';
import type { ObservedConfigMap, ObservedProfile } from '../model/observed.ts';

const LONGEST = 10;

/** Where the template is and where it should be: the words for what the marks alone do not say. */
export type Place = {
  readonly inUse: string | undefined;
  /** The configuration whose rollout somebody took back. */
  readonly undone: string | undefined;
  readonly isRolledBack: boolean;
};

export function historyOf(
  { name, status }: ObservedProfile,
  configMaps: readonly ObservedConfigMap[],
  place: Place,
): RolloutRecord[] | undefined {
  const before = status.history ?? [];
  const marked = configMaps
    .toSorted((a, b) => (b.marks.rolled?.at ?? 0) - (a.marks.rolled?.at ?? 0) || (a.name < b.name ? -1 : 1))
    .flatMap((configMap) => {
      const numbers = configIn(name, configMap)?.numbers;
      if (numbers === undefined || configMap.marks.rolled === undefined) return [];
      const record = recordOf(numbers, configMap.marks, configMap.name === place.inUse, place);
      const known = before.find((one) => keyOf(one) === keyOf(record));
      return [{ ...record, change: known?.change ?? '' }];
    });
  const news = new Map(marked.map((record) => [keyOf(record), record]));
  const known = before.map((record) => news.get(keyOf(record)) ?? { ...record, result: past(record.result) });
  const fresh = marked.filter((record) => !before.some((one) => keyOf(one) === keyOf(record)));
  const sorted = [...fresh, ...known].toSorted((a, b) => parseInstant(b.startedAt) - parseInstant(a.startedAt));
  const told = sorted.map((record, index) =>
    record.change === '' ? { ...record, change: changeInWords(sorted[index + 1], record) } : record,
  );
  return told.length === 0 ? undefined : told.slice(0, LONGEST);
}

const keyOf = ({ hash, startedAt }: RolloutRecord) => `${hash} ${startedAt}`;

/** What nobody speaks of any more is over. */
const past = (result: RolloutRecord['result']) => (result === 'Running' ? 'Superseded' : result);

const verdictIn = (proof: Marks['proof']) => (proof === undefined ? 'NotProven' : `PoolOpened at ${instant(proof.at)}`);

function recordOf(
  numbers: PoolNumbers,
  { rolled, good, failed, proof }: Marks,
  isInUse: boolean,
  place: Place,
): RolloutRecord {
  const at = rolled?.at ?? 0;
  const begun = { ...numbers, verdict: verdictIn(proof), change: '', startedAt: instant(at) };
  if (failed !== undefined && failed.at >= at) {
    const isBack = failed.reason === ROLLBACK_REQUESTED || place.isRolledBack;
    return { ...begun, result: isBack ? 'RolledBack' : 'Failed', finishedAt: instant(failed.at) };
  }
  if (numbers.hash === place.undone) return { ...begun, result: 'Undone' };
  if (good !== undefined && good.at >= at) return { ...begun, result: 'Good', finishedAt: instant(good.at) };
  if (isInUse) return { ...begun, result: 'Running' };
  return { ...begun, result: 'Superseded' };
}

const NAMES = { min: 'min', max: 'max', timeoutSeconds: 'timeout', recycleSeconds: 'recycle' } as const;

/** "max 40 → 60"; all numbers where nothing was before. */
function changeInWords(before: PoolNumbers | undefined, after: PoolNumbers): string {
  if (before === undefined) return inWords(after);
  const keys = Object.keys(NAMES) as readonly (keyof typeof NAMES)[];
  const changes = keys.filter((key) => before[key] !== after[key]);
  return changes.length === 0
    ? 'rolled again'
    : changes.map((key) => `${NAMES[key]} ${before[key]} → ${after[key]}`).join(', ');
}

/**
 * What databases said to credentials that are known by their fingerprint alone, kept for the namespace in one ConfigMap:
 * whom one profile's probe saw refused, no other probe sends again.
 */
import { type Answers, answersIn, isAnswered, isRefusal, isUnanswered, type Verdict } from '../../contract/verdict.ts';
import { LOGON_RESULTS_NAME, MANAGED_BY, SALT_KEY, SALT_NAME } from '../model/naming.ts';
import type { Observed, ObservedShared } from '../model/observed.ts';
import type { Action } from '../model/action.ts';
import { ownProbes } from './own-jobs.ts';
import { type LogonReport, logonReports } from './read-verdict.ts';

/** Fingerprints that are kept of a connect string, as many again of words that are not believed, and connect strings of a namespace: the newest. */
const MAX_FINGERPRINTS = 16;
const MAX_KEYS = 64;

/** Creates what the first probe of a namespace needs. */
export function namespaceObjects(namespace: string, { salt, freshSalt }: ObservedShared): Action[] {
  if (salt === 'there') return [];
  const object = (name: string, data: Readonly<Record<string, string>>) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { namespace, name, labels: MANAGED_BY },
    data,
  });
  return [
    { kind: 'createSalt', object: { ...object(SALT_NAME, { [SALT_KEY]: freshSalt }), immutable: true } },
    // There from the start, so that every change of it is fenced by its version.
    { kind: 'recordLogonResults', object: object(LOGON_RESULTS_NAME, {}) },
  ];
}

/** What a database said to credentials, and when; `key` stands for the connect string. */
export type Word = LogonReport & { readonly key: string };

/** Writes down what is news of these words, which are in the order in which they were said. */
export function recordLogonResults(
  namespace: string,
  { logonResults: found }: ObservedShared,
  words: readonly Word[],
): Action[] {
  const before: AnswersData = found?.data ?? {};
  const after = words.reduce(withWord, before);
  if (after === before) return [];
  const data = newestKeys(after);
  const version = found && { resourceVersion: found.resourceVersion };
  const metadata = { namespace, name: LOGON_RESULTS_NAME, labels: MANAGED_BY, ...version };
  return [{ kind: 'recordLogonResults', object: { apiVersion: 'v1', kind: 'ConfigMap', metadata, data } }];
}

type AnswersData = Readonly<Record<string, string>>;

function withWord(data: AnswersData, word: Word): AnswersData {
  const { key, verdict, at } = word;
  const { fingerprint } = verdict;
  if (fingerprint === undefined) return data;
  const known = answersIn(data[key]);
  const before = known[fingerprint];
  const said = answerOf(verdict, at, before);
  if (said === undefined || !isNews(said, before)) return data;
  const written = isUntrusted(word, before) ? { ...said, isDoubted: true as const } : said;
  return { ...data, [key]: JSON.stringify(newest({ ...known, [fingerprint]: written })) };
}

type Answer = Answers[string];

/** What a verdict says of the credentials; undefined for nothing. A refusal is taken back only where they are accepted. */
function answerOf(verdict: Verdict, at: number, before: Answer | undefined): Answer | undefined {
  if (isRefusal(verdict)) return { at, reason: verdict.reason };
  const { reason, unanswered = 0 } = before ?? {};
  const still = { at, ...(reason !== undefined && { reason }) };
  if (isUnanswered(verdict)) return { ...still, unanswered: unanswered + 1 };
  if (isAnswered(verdict)) return unanswered === 0 ? undefined : still;
  return hasLoggedOn(verdict) ? { at } : undefined;
}

/** Others of its kind may push it out. What a believed word has made stays out of their reach. */
const isUntrusted = ({ isBelieved }: Word, before: Answer | undefined) =>
  !isBelieved && (before === undefined || before.isDoubted === true);

const hasLoggedOn = ({ stage }: Verdict) => ['query', 'pool', 'done'].includes(stage);

/** That credentials are accepted is news only where something else stood before. */
function isNews(said: Answer, before: Answer | undefined): boolean {
  if (before !== undefined && before.at >= said.at) return false;
  return [said, before].some((one) => one?.reason !== undefined || one?.unanswered !== undefined);
}

function newest(answers: Answers): Answers {
  const inTime = Object.entries(answers).toSorted(([, one], [, other]) => other.at - one.at);
  const kept = (isWanted: boolean) =>
    inTime.filter(([, { isDoubted = false }]) => isDoubted === isWanted).slice(0, MAX_FINGERPRINTS);
  return Object.fromEntries([...kept(false), ...kept(true)]);
}

function newestKeys(data: Readonly<Record<string, string>>): Record<string, string> {
  const lastAt = (text: string) => Math.max(0, ...Object.values(answersIn(text)).map(({ at }) => at));
  return Object.fromEntries(
    Object.entries(data)
      .toSorted(([, one], [, other]) => lastAt(other) - lastAt(one))
      .slice(0, MAX_KEYS),
  );
}

/**
 * Writes what the databases answered to credentials, where that is not recorded yet. Whatever holds the profile, this is
 * recorded: other profiles use the same credentials. So are the reports of other profiles' probes with the same credentials,
 * before this profile's probe starts, and those about settings, Secrets and databases that the spec does not name any more.
 */
export function unrecordedLogonResults(observed: Observed): Action[] {
  const reports = [...ownProbes(observed), ...observed.shared.probes].flatMap((probe) => {
    const { logonResultsKey: key } = probe;
    return key === undefined ? [] : logonReports(probe).map((report) => ({ ...report, key }));
  });
  const inTime = reports.toSorted((one, other) => one.at - other.at);
  return recordLogonResults(observed.profile.namespace, observed.shared, inTime);
}

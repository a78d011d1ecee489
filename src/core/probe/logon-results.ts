/**
 * What databases answered to credentials, recorded for the namespace in the ConfigMap `dbpool-logon-results`: if one profile's
 * probe saw credentials rejected, no other probe sends them again. Credentials are known by their fingerprint alone.
 */
import {
  isLogonAnswered,
  isLogonRejected,
  isLogonUnanswered,
  knownTime,
  type LogonResult,
  type LogonResults,
  parseLogonResults,
} from '../../contract/logon-results.ts';
import { type Verdict } from '../../contract/verdict.ts';
import type { Action } from '../model/action.ts';
import { LOGON_RESULTS_NAME, MANAGED_BY, SALT_KEY, SALT_NAME } from '../model/naming.ts';
import type { Observed, ObservedShared } from '../model/observed.ts';
import { ownProbes } from './own-jobs.ts';
import { type LogonReport, logonReports } from './read-verdict.ts';

/** Fingerprints stored for each connect string: the newest. Untrusted results have as many of their own. */
const MAX_FINGERPRINTS = 16;

/** Connect strings stored for each namespace: the newest. */
const MAX_KEYS = 64;

/** The ConfigMaps that the first probe of a namespace needs; empty where they exist. */
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
    // Made before the first result, so that each change of it carries a resourceVersion.
    { kind: 'recordLogonResults', object: object(LOGON_RESULTS_NAME, {}) },
  ];
}

/** A report with the key of its connect string in `dbpool-logon-results`. */
export type KeyedLogonReport = LogonReport & { readonly key: string };

/** The write that adds these reports, which are in order of time; empty where they are recorded already. */
export function recordLogonResults(
  namespace: string,
  { logonResults: found, now }: Pick<ObservedShared, 'logonResults'> & { readonly now: number },
  reports: readonly KeyedLogonReport[],
): Action[] {
  const before: ResultsData = found?.data ?? {};
  const after = reports.reduce((data, report) => withReport(data, report, now), before);
  if (after === before) return [];
  const data = newestKeys(after, now);
  const version = found && { resourceVersion: found.resourceVersion };
  const metadata = { namespace, name: LOGON_RESULTS_NAME, labels: MANAGED_BY, ...version };
  return [{ kind: 'recordLogonResults', object: { apiVersion: 'v1', kind: 'ConfigMap', metadata, data } }];
}

/** LogonResults as JSON, by connect string. */
type ResultsData = Readonly<Record<string, string>>;

function withReport(data: ResultsData, report: KeyedLogonReport, now: number): ResultsData {
  const { key, verdict } = report;
  const at = knownTime(report.at, now);
  const { fingerprint } = verdict;
  if (fingerprint === undefined) return data;
  const results = resultsIn(data[key], now);
  const before = results[fingerprint];
  const result = resultOf(verdict, at, before);
  if (result === undefined || !isNew(result, before)) return data;
  const written = isUntrusted(report, before) ? { ...result, isUntrusted: true as const } : result;
  return { ...data, [key]: JSON.stringify(newestOf({ ...results, [fingerprint]: written })) };
}

/** Undefined where the verdict says nothing about the credentials. Only an accepted logon clears a rejection. */
function resultOf(verdict: Verdict, at: number, before: LogonResult | undefined): LogonResult | undefined {
  if (isLogonRejected(verdict)) return { at, reason: verdict.reason };
  const { reason, unanswered = 0 } = before ?? {};
  const unchanged = { at, ...(reason !== undefined && { reason }) };
  if (isLogonUnanswered(verdict)) return { ...unchanged, unanswered: unanswered + 1 };
  if (isLogonAnswered(verdict)) return unanswered === 0 ? undefined : unchanged;
  return hasLoggedOn(verdict) ? { at } : undefined;
}

/** An untrusted result competes for space with other untrusted results only: it can never push out a trusted one. */
const isUntrusted = ({ isTrusted }: KeyedLogonReport, before: LogonResult | undefined) =>
  !isTrusted && (before === undefined || before.isUntrusted === true);

const hasLoggedOn = ({ stage }: Verdict) => ['query', 'pool', 'done'].includes(stage);

/** An accepted logon is recorded only where it clears a rejection or a count of unanswered logons. */
function isNew(result: LogonResult, before: LogonResult | undefined): boolean {
  if (before !== undefined && before.at >= result.at) return false;
  return [result, before].some((one) => one?.reason !== undefined || one?.unanswered !== undefined);
}

function newestOf(results: LogonResults): LogonResults {
  const newestFirst = Object.entries(results).toSorted(([, one], [, other]) => other.at - one.at);
  const newest = (untrusted: boolean) =>
    newestFirst.filter(([, { isUntrusted: is = false }]) => is === untrusted).slice(0, MAX_FINGERPRINTS);
  return Object.fromEntries([...newest(false), ...newest(true)]);
}

/** By fingerprint. */
const resultsIn = (text: string | undefined, now: number): LogonResults =>
  Object.fromEntries(
    Object.entries(parseLogonResults(text)).map(([fingerprint, one]) => [
      fingerprint,
      { ...one, at: knownTime(one.at, now) },
    ]),
  );

function newestKeys(data: ResultsData, now: number): Record<string, string> {
  const lastAt = (text: string) => Math.max(0, ...Object.values(resultsIn(text, now)).map(({ at }) => at));
  return Object.fromEntries(
    Object.entries(data)
      .toSorted(([, one], [, other]) => lastAt(other) - lastAt(one))
      .slice(0, MAX_KEYS),
  );
}

/**
 * Records what the databases answered to credentials, whatever holds the profile: other profiles use the same credentials. It
 * covers the profile's own Jobs, of former settings too, and Jobs of other profiles with the same credentials.
 */
export function unrecordedLogonResults(observed: Observed): Action[] {
  const reports = [...ownProbes(observed), ...observed.shared.probes].flatMap((probe) => {
    const { logonResultsKey: key } = probe;
    return key === undefined ? [] : logonReports(probe).map((report) => ({ ...report, key }));
  });
  const inTime = reports.toSorted((one, other) => one.at - other.at);
  return recordLogonResults(observed.profile.namespace, { ...observed.shared, now: observed.now }, inTime);
}

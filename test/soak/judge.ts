/** What must hold when the soak is over. Pure: what was seen is evidence.ts's. */
import { isDocumented } from '../faults/documented.ts';
import { type AuditedRequest, countBy, isTemplateWrite, isUnansweredTemplateWrite } from '../support/audit.ts';
import { type Cycle, mayBeWritten, window } from './cycle.ts';
import { AFTERMATH_MS, type FaultSeen, type Quiet, withAftermath } from './fault-seen.ts';
import type { Finding } from './finding.ts';
import { type Life, memoryIsFlat } from './leak.ts';
import { inWords, outside, overlap, type Span } from './span.ts';

/** MiB that any process of the operator may have: their limit is 256 Mi. */
const MAY_HAVE = 200;

/** One backend at the end of the run. */
export type ShopSeen = {
  readonly namespace: string;
  /** What it was asked for last. */
  readonly max: number;
  readonly isReady: boolean;
  /** What the template holds. */
  readonly runs: string | undefined;
  /** Writes of its template by the operator in all, by the Deployment's generation. */
  readonly written: number;
  /** Names of pods that run with other settings than the template. */
  readonly strays: readonly string[];
};

export type Evidence = {
  readonly shops: readonly ShopSeen[];
  readonly cycles: readonly Cycle[];
  readonly faults: readonly FaultSeen[];
  readonly quiets: readonly Quiet[];
  /** All that the operator asked of the API server from the begin of the first cycle. */
  readonly requests: readonly AuditedRequest[];
  readonly life: Life;
  /** Of all processes of the operator, the most that one had, in MiB. */
  readonly most: number;
  /** What the operator logged as an error while no fault came. */
  readonly errors: readonly string[];
};

export function judge(evidence: Evidence): readonly Finding[] {
  return [
    isReady(evidence),
    holds(evidence),
    runsIt(evidence),
    isInTime(evidence),
    isFoundInTheQuiet(evidence),
    isWrittenOnce(evidence),
    isInTheLog(evidence),
    nothingElseIsAsked(evidence),
    memoryIsFlat(evidence.life),
    memoryIsBounded(evidence),
    noErrors(evidence),
  ];
}

const isReady = ({ shops }: Evidence): Finding =>
  none(
    'every profile is Ready with what was asked for last',
    `${shops.length} profiles`,
    shops.filter((shop) => !shop.isReady).map(({ namespace, max }) => `${namespace} (max ${max})`),
    shops.length > 0,
  );

const holds = ({ shops }: Evidence): Finding =>
  none(
    'every template holds it',
    `${shops.length} templates`,
    shops
      .filter(({ runs, max }) => runs !== String(max))
      .map(({ namespace, runs, max }) => `${namespace} runs with ${runs}, not ${max}`),
    shops.length > 0,
  );

const runsIt = ({ shops }: Evidence): Finding =>
  none(
    'every pod runs with what its template holds',
    `${shops.length} backends`,
    shops.flatMap(({ namespace, strays }) => strays.map((pod) => `${namespace}/${pod} does not`)),
    shops.length > 0,
  );

/** The time of a fault, and of what must follow it, is nobody's; whatever else a change took, it took by itself. */
function isInTime({ cycles, faults }: Evidence): Finding {
  const excused = faults.map(withAftermath);
  const counted = cycles.map((cycle) => ({
    cycle,
    ms: outside({ from: cycle.from, to: cycle.to ?? cycle.until }, excused),
  }));
  const longest = Math.max(0, ...counted.map(({ ms }) => ms));
  return none(
    `every change is Ready in time (faults and ${AFTERMATH_MS / 1000} s after them not counted)`,
    `${cycles.length} changes, the longest ${seconds(longest)}`,
    counted
      .filter(({ cycle, ms }) => cycle.to === undefined || ms > cycle.mayTakeMs)
      .map(({ cycle, ms }) => `${nameOf(cycle)} ${cycle.to === undefined ? 'never was, in' : 'took'} ${seconds(ms)}`),
    cycles.length > 0,
  );
}

const isFoundInTheQuiet = ({ quiets }: Evidence): Finding =>
  none(
    'after each fault every profile takes a further change, without a restart',
    `${quiets.length} times`,
    quiets.flatMap(({ after, missing, isOneLeader, ...span }) => [
      ...missing.map((namespace) => `${namespace} did not after "${after}" (${inWords(span)})`),
      ...(isOneLeader ? [] : [`the leader changed after "${after}" (${inWords(span)})`]),
    ]),
    quiets.length > 0,
  );

function isWrittenOnce({ shops, cycles }: Evidence): Finding {
  const wrong = cycles
    .filter((cycle) => !mayBeWritten(cycle).includes(cycle.written))
    .map((cycle) => `${nameOf(cycle)} ${cycle.written}, not ${mayBeWritten(cycle).join(' or ')}`);
  const later = shops.flatMap(({ namespace, written }) => {
    const further =
      written - sum(cycles.filter((cycle) => cycle.namespace === namespace).map((cycle) => cycle.written));
    return further === 0 ? [] : [`${namespace} ${further} more after all changes`];
  });
  const disturbed = cycles.filter(({ disturbance }) => disturbance !== undefined).length;
  const hasty = cycles.filter(({ asked }) => asked.length > 1).length;
  return none(
    'one template write for each change',
    `${sum(cycles.map(({ written }) => written))} for ${cycles.length} changes, of which ${hasty} were overtaken at once by another, and ${disturbed} followed something else`,
    [...wrong, ...later],
    cycles.length > 0,
  );
}

/** Of who was killed in a write it is not known whether it is done. An API server that was killed has not logged its last. */
function isInTheLog({ cycles, requests, faults }: Evidence): Finding {
  const broken = brokenParts(faults);
  const isBroken = (span: Span) => broken.some((one) => overlap(one, span));
  const counted = cycles.map((cycle) => {
    const { from, to } = window(cycle);
    const own = requests.filter(({ namespace, at }) => namespace === cycle.namespace && at >= from && at < to);
    const logged = own.filter(isTemplateWrite).length;
    return { cycle, logged, unanswered: own.filter(isUnansweredTemplateWrite).length };
  });
  const inBroken = counted.filter(({ cycle }) => isBroken(window(cycle))).length;
  return none(
    'as many in the audit log, change by change',
    [
      `${sum(counted.map(({ logged }) => logged))}, and ${sum(counted.map(({ unanswered }) => unanswered))} that nobody was told of`,
      ...(inBroken === 0
        ? []
        : [`that none is missing was not judged of ${inBroken} changes (${brokenInWords(broken)})`]),
    ].join('; '),
    counted
      .filter(
        ({ cycle, logged, unanswered }) =>
          logged > cycle.written || (cycle.written > logged + unanswered && !isBroken(window(cycle))),
      )
      .map(
        ({ cycle, logged, unanswered }) => `${nameOf(cycle)} ${logged} (${unanswered}) for ${cycle.written} written`,
      ),
    counted.length > inBroken,
  );
}

function nothingElseIsAsked({ requests, faults }: Evidence): Finding {
  const others = requests.filter((request) => !isDocumented(request));
  const broken = brokenParts(faults);
  return none(
    'no Secret, and nothing else that is not documented, was asked for anywhere',
    `${requests.length} requests${broken.length === 0 ? '' : `; the log may lack some of ${brokenInWords(broken)}`}`,
    [
      ...countBy(
        others,
        ({ verb, resource, namespace = 'everywhere', code }) => `${verb} ${resource} in ${namespace}: ${code}`,
      ),
    ].map(([name, count]) => `${name}, ${count} times`),
    requests.length > 0,
  );
}

const memoryIsBounded = ({ most }: Evidence): Finding => ({
  title: 'no process had more memory than it may',
  holds: most > 0 && most <= MAY_HAVE,
  seen: most === 0 ? 'not measured' : `the most was ${most} MiB, of ${MAY_HAVE}`,
});

const noErrors = ({ errors, life }: Evidence): Finding =>
  none('no error was logged in the calm', 'none', errors, life.samples.length > 0);

const brokenParts = (faults: readonly FaultSeen[]): readonly Span[] => faults.filter(({ breaksLog }) => breaksLog);

const brokenInWords = (parts: readonly Span[]) =>
  `the API server died or had no store: ${parts.map(inWords).join(', ')}`;

/** Holds where there was something to judge, and nothing is wrong with it. */
function none(title: string, seen: string, wrong: readonly string[], isMeasured: boolean): Finding {
  const words = [isMeasured ? seen : `not measured: ${seen}`, ...wrong].join('; ');
  return { title, holds: isMeasured && wrong.length === 0, seen: words };
}

const nameOf = (cycle: Cycle) => `${cycle.namespace} (${inWords(window(cycle))})`;

const sum = (numbers: readonly number[]) => numbers.reduce((total, one) => total + one, 0);

const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;

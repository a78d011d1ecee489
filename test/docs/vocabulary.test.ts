/**
 * Retired names must not come back. docs/renames.md has the new name for each. The lists hold names that are no English words, so
 * that a hit is never a false alarm.
 */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const CHECKOUT = join(import.meta.dirname, '..', '..');

const words = (text: string): readonly string[] => text.trim().split(/\s+/);

const FIELDS = words(`
  caRef gatherSeconds notPermitted spec.database.group spec.probe.connections
  status.heard status.wanted status.database.of status.database.facts status.probe.remedy status.probe.pool.asked
  status.budget.others status.budget.backends status.budget.group status.budget.peak status.lastFailed.at
`);

const REASONS = words(`
  PendingRestart OutsideWindows NoWindowOpens AwaitingTurn RolloutInProgress TargetTaken VariableOwnedByOther VariableDuplicated
  ConfigMapNotOurs WriteRefused NoPodDuringRollout ManyConnectionsPerCpu PodRefused PodNotMade ProbeNotStarted SidecarRuns
  VerdictAmbiguous NobodyListens ListenerSilent HostUnresolvable AliasUnknown AuthorityMissing AuthorityUnusable WalletUnusable
  CredentialsStillRefused LogonUnanswered AnswerNotUnderstood CreateSessionMissing PoolWaitTooShort PoolWaitNotLimited
`);

/** Labels and annotations, without "dbpool.dev/". */
const KEYS = words('config originals rolled good proof drift turn answers-key unread forced');

const OBJECTS_AND_VARIABLES = words(`
  dbpool-salt dbpool-answers SHARED_GROUPS PROBE_PULL_SECRET PROBE_ANSWERS PROBE_FORCED WALLET_FOLDER
`);

const IDENTIFIERS = words(`
  lookAgainAfterMs lookAgainInMs lookAt decideFor decideOn toldOfBudget learntFrom configOf configIn carrierOf asRendered inWords
  maxIn markedAtBirth PoolNumbers LearntFacts collectOld marksOn marksOf annotationsOf isSettled effectiveOf newestGood
  configHashOfName ownedByProfile ownedByDeployment ANSWERS_NAME HIGHEST_ATTEMPT rivalIsHeard heardOf variablesAreOurs
  sourcesToRead ObservedSource withSources originalsText originalsOf adoptedInWords pointAt putBack envBack entryThere isTakenBy
  notRolled isSeenByController containerOfProfile isHistoryKnown hasReturned failedBefore hasComeBack isAskedToGoBack
  withPodsWords failureOfWhole waitBeforeRoll oldProof FORGOTTEN_AFTER_MS finalizerAsWanted isLeftOver againAt knownOf
  standingProof neededOf proofToKeep answersToKeep isWordTaken isTryOwed isWordHeard bearersOf hadNoSay essenceOf partsOf hostsOf
  ESSENTIAL_FIELDS verdictOf wordsOf doubtOf isGivenUp unreadAfter hasOnlyWaited pauseAfter startOf placeInLine yieldingTo
  sharedObjects isDoubted caughtBy judgeRollout isTooMuch BudgetStanding standingOf memberOf MemberDatabase PoolUse
  isEstablished isUnderWay atCalm atRest atPresent atPeak atRedeploy onTheWayTo asRolling wantedMax runningMax stayingMax
  fallbackMax calmLoad reserveOf smallestOf mustReport showsAtOnce carryOut sawIn withRefusals isMadeByUs areMadeByUs maxByHand
  keepWatching freshMs limitBytes askedMsOf asksToWait isRefusal isUnanswered isAnswered NoAnswerError OvertakenError SilenceError
  AnswerTooLargeError PoisonedObjectError stepBack stillLeads onTrouble turnsOfTheLoop DRAIN_MS refuseAgain askLimits
  BEFORE_THE_NETWORK ON_THE_WAY BY_THE_LISTENER AT_THE_LOGON AFTER_THE_LOGON OF_THE_PROBE answersIn answersSchema
  noRivalIsHeard mayRoll fitsTheBudget rolloutIsDone processMs
`);

/** Constants say MAX_ for a maximum. */
const PREFIXES = ['MOST_', 'LONGEST_'];

/** Pages that are about the past. */
const EXCEPTIONS = ['docs/renames.md', 'docs/decisions/'];

const escaped = (name: string) => name.replaceAll(/[.[\]$]/g, (character) => `\\${character}`);

const RETIRED = new RegExp(
  [
    `(?<![\\w-])(?:${[...FIELDS, ...REASONS, ...OBJECTS_AND_VARIABLES, ...IDENTIFIERS].map(escaped).join('|')})(?![\\w-])`,
    `(?:dbpool\\.dev|\\$\\{GROUP\\})/(?:${KEYS.join('|')})(?![\\w-])`,
    `\\b(?:${PREFIXES.join('|')})\\w+`,
  ].join('|'),
  'g',
);

const retiredNamesIn = (path: string) =>
  readFileSync(join(CHECKOUT, path), 'utf8')
    .split('\n')
    .flatMap((line, index) => (line.match(RETIRED) ?? []).map((name) => `${path}:${index + 1}: ${name}`));

test('no retired field, reason, label or identifier is in the code or the docs', () => {
  const files = globSync(
    ['README.md', '{bench,crds,deploy,docs,examples,src}/**/{Containerfile,*.{ts,mjs,json,md,yaml}}'],
    {
      cwd: CHECKOUT,
      exclude: ['**/node_modules/**', '**/dist/**'],
    },
  ).filter((path) => EXCEPTIONS.every((exception) => !path.startsWith(exception)));
  expect(files.length).toBeGreaterThan(200);
  expect(files.flatMap(retiredNamesIn)).toEqual([]);
});

/**
 * The budget without a cluster: whether the rollouts that Kubernetes objects in YAML files ask for fit into their
 * databases. Each is judged with the others at rest, at the larger of what they run with and what they want.
 */
import { type Advice, adviceOf, learntOf } from './advice.ts';
import { type Group, groupsOf } from './group.ts';
import { isTooMuch, judgeRedeploy, judgeRollout } from './judge.ts';
import { boundsOf, ledgerOf, type Load } from './ledger.ts';
import { readManifests } from './manifests.ts';
import { idOf } from './member.ts';
import { atRest, isLowering } from './peak.ts';
import { type Planned, plannedOf } from './planned.ts';
import { type BudgetReport, reportOf } from './report.ts';

export type Plan = {
  readonly databases: readonly PlannedDatabase[];
  /** What could not be read or found, a sentence each. */
  readonly problems: readonly string[];
};

export type PlannedDatabase = { readonly name: string; readonly rollouts: readonly PlannedRollout[] };

export type PlannedRollout = {
  /** namespace/name of the profile. */
  readonly profile: string;
  readonly report: BudgetReport;
  /** Whether the operator would not start it. */
  readonly isHeld: boolean;
  readonly advice: readonly Advice[];
};

/** `objects` as a YAML parser gives them; `shared` names groups that reach over namespaces. */
export function plan(objects: readonly unknown[], shared: readonly string[] = []): Plan {
  const manifests = readManifests(objects);
  const found = manifests.profiles.map((profile) => plannedOf(profile, manifests));
  const planned = found.filter((one) => typeof one !== 'string');
  const groups = groupsOf(
    planned.map(({ member }) => member),
    shared,
  );
  return {
    databases: groups.map((group) => ({ name: group.name, rollouts: rolloutsOf(group, planned) })),
    problems: [...manifests.problems, ...found.filter((one) => typeof one === 'string')],
  };
}

function rolloutsOf({ members }: Group, planned: readonly Planned[]): readonly PlannedRollout[] {
  const ledger = ledgerOf(members, boundsOf(members), restLoad);
  const sessionsAtRest = members.reduce((sum, member) => sum + restLoad(member), 0);
  return planned
    .filter(({ member }) => members.includes(member))
    .toSorted((one, other) => members.indexOf(one.member) - members.indexOf(other.member))
    .map(({ member, pool, hasReadinessProbe }) => {
      const judgement = judgeRollout(member, ledger);
      const redeploy = judgeRedeploy(member, ledger);
      const { use } = member;
      return {
        profile: idOf(member),
        report: reportOf({ member, judgement, redeploy, hold: undefined }),
        isHeld: member.policy === 'Enforce' && isTooMuch(judgement) && !isLowering(use),
        advice: adviceOf({
          use,
          pool,
          hasReadinessProbe,
          sessionsAtRest,
          ...learntOf(member),
        }),
      };
    });
}

/** Nobody knows which of them is rolled first. */
const restLoad: Load = ({ use }) =>
  atRest({ ...use, runningMax: Math.max(use.runningMax ?? 0, use.wantedMax) }).sessions;

export function planInWords({ databases, problems }: Plan): string {
  const lines = databases.flatMap(({ name, rollouts }) => [`Database ${name}`, ...rollouts.flatMap(rolloutInWords)]);
  return [...lines, ...problems.map((problem) => `Problem: ${problem}`)].map((line) => `${line}\n`).join('');
}

const rolloutInWords = ({ profile, report, isHeld, advice }: PlannedRollout) => [
  `  ${profile}: ${report.message}${isHeld ? ' (held)' : ''}`,
  ...advice.map(({ message }) => `    Advice: ${message}`),
];

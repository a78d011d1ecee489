/** Everything that more than one step reads, derived once from what is observed. Plain data. */
import type { DatabaseStatus, ProfileSpec } from '../api/v1alpha1.ts';
import type { Target } from './backend/target.ts';
import { type Desired, desiredConfig, isBudgeted } from './config/desired.ts';
import type { PoolConfig } from './config/pool-config.ts';
import { withStateFor } from './model/config-state.ts';
import type { StepResult } from './model/decision.ts';
import type { ConfigRecord, Observed, ObservedVariable } from './model/observed.ts';
import { assessProbe, type ProbeAssessment } from './probe/probe-succeeded.ts';
import { type CurrentTemplate, currentTemplate } from './rollout/current-template.ts';
import { freesSessions } from './rollout/frees-sessions.ts';
import { lastGoodWhileWaiting } from './rollout/last-good-meanwhile.ts';
import { closedGate } from './rollout/rollout-may-start.ts';
import { type WithoutProof, withoutProof } from './rollout/without-proof.ts';
import { assessBudget, type BudgetAssessment, isGroupKnown } from './usage/assess-budget.ts';
import { databaseFacts } from './usage/database-facts.ts';

/** What the guards found. */
export type Claimed = {
  /** Its ConfigMaps have only the state that is valid for this Deployment. */
  readonly observed: Observed;
  readonly spec: ProfileSpec;
  /** The configuration of the spec. */
  readonly config: PoolConfig;
  readonly target: Target;
  /** Entries of other owners that the first rollout takes over. */
  readonly adopted: readonly ObservedVariable[];
};

export type Context = Claimed & {
  /** The configurations of the profile. That of the spec is one of them, even where its ConfigMap is rendered in this pass. */
  readonly records: readonly ConfigRecord[];
  readonly probe: ProbeAssessment;
  readonly desired: Desired;
  readonly template: CurrentTemplate;
  /** Whether the database has no session left, and the rollout asks for fewer. */
  readonly freesSessions: boolean;
  /** Why the rollout may start although the probe would hold it. */
  readonly withoutProof: WithoutProof | undefined;
  /** Why the rollout may not start; undefined where it may, or where there is nothing to roll out. */
  readonly gate: StepResult | undefined;
  /** The next `status.database`; undefined where no probe has reported any facts. */
  readonly databaseFacts: DatabaseStatus | undefined;
  /** Undefined where the profile has no backend of its own. */
  readonly budget: BudgetAssessment | undefined;
};

export function contextOf(claimed: Claimed): Context {
  const { observed, spec, config } = claimed;
  const records = withPending(observed.configMaps, config);
  const probe = assessProbe(observed, spec, config);
  const base = { ...claimed, records, probe, databaseFacts: databaseFacts(claimed, probe) };
  const context = contextFor(base, desiredConfig({ ...base, profile: observed.profile }));
  const meanwhile = lastGoodWhileWaiting(context);
  return meanwhile === undefined ? context : contextFor(base, meanwhile);
}

type Base = Claimed & Pick<Context, 'records' | 'probe' | 'databaseFacts'>;

function contextFor(claimed: Base, desired: Desired): Context {
  const { observed, spec, databaseFacts: facts } = claimed;
  const base = { ...claimed, desired, template: currentTemplate({ ...claimed, desired }) };
  const { template } = base;
  const derived = { ...base, freesSessions: freesSessions(base) };
  const exemption = withoutProof(derived);
  const gate = closedGate({ ...derived, withoutProof: exemption });
  const isDue = !template.isDesired && gate === undefined && isBudgeted(desired) && isGroupKnown(observed, spec, facts);
  const meanwhile = desired.kind === 'lastGoodMeanwhile' ? desired.config : undefined;
  const budget = assessBudget(observed, { facts, isDue, meanwhile });
  return { ...derived, withoutProof: exemption, gate, budget };
}

/** The records, with one for a configuration whose ConfigMap does not exist yet. */
const withPending = (records: readonly ConfigRecord[], { name, data }: PoolConfig): readonly ConfigRecord[] =>
  records.some((one) => one.name === name) ? records : [...records, { name, data, immutable: true, state: {} }];

/** `observed` without state about other Deployments, which says nothing about the pods of this one. */
export const withStateOfDeployment = (observed: Observed): Observed =>
  observed.deployment === undefined
    ? observed
    : { ...observed, configMaps: withStateFor(observed.deployment, observed.configMaps) };

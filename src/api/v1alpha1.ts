/**
 * The resource `DbPoolProfile`: its spec and status as zod schemas, from which the CRD is generated (crds/generate.ts)
 * and by which everything that comes from the cluster is parsed. This is their door: nobody else imports the folder.
 */
export {
  CONDITION_TYPES,
  type ConditionType,
  type ReasonOf,
  type ReportedReason,
  reportedReason,
  STEP_REASONS,
  type StepConditionType,
} from './conditions.ts';
export { GROUP, KIND, NAME_MAX, PLURAL, VERSION } from './group.ts';
export { type ProfileSpec, specSchema } from './spec.ts';
export {
  type BudgetStatus,
  type Condition,
  type CurrentSettings,
  type LearntFacts,
  type PodCounts,
  type PoolSettings as PoolNumbers,
  type ProbeStatus,
  type ProfileStatus,
  type RolloutRecord,
  statusSchema,
  type WaitingFor,
} from './status.ts';

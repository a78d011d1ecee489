/**
 * The resource `DbPoolProfile`: spec and status as zod schemas. crds/generate.ts makes the CRD from them, and src/transform parses
 * objects of the cluster with them. All other folders import this file alone.
 */
export {
  type AdviceReason,
  CONDITION_TYPES,
  type ConditionType,
  type EventReason,
  isStuckRollout,
  type ReasonOf,
  type ReportedReason,
  reportedReason,
  STEP_REASONS,
  type StepConditionType,
} from './conditions.ts';
export { cutText } from './cut-text.ts';
export { fitStatus } from './fit-status.ts';
export { GROUP, KIND, NAME_MAX, PLURAL, VERSION } from './group.ts';
export { openApi } from './open-api.ts';
export { type ProfileSpec, specSchema } from './spec.ts';
export {
  type BudgetStatus,
  type Condition,
  type CurrentSettings,
  type DatabaseStatus,
  DRIFT_EDITS,
  MAX_DRIFT_WRITERS,
  type PodCounts,
  type PoolSettings,
  type ProbeStatus,
  type ProfileStatus,
  type RolloutRecord,
  statusSchema,
  type WaitingFor,
} from './status.ts';

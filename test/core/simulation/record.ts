/** What a simulated namespace records of the operator's writes. */
import type { BudgetStatus } from '../../../src/api/v1alpha1.ts';
import type { Observed, ObservedDeployment, ObservedProfile } from '../../../src/core/model/observed.ts';

/** A write of the operator to a pod template, with what was there and who asked for it. */
export type TemplateWrite = {
  readonly profile: ObservedProfile;
  /** All profiles at that time. */
  readonly profiles: readonly ObservedProfile[];
  readonly before: ObservedDeployment;
  /** Whether this very profile had set the variables, and had not restored them since: an entry of another owner is drift. */
  readonly wasManaged: boolean;
  readonly after: ObservedDeployment;
  /** The ConfigMap that the template points at now. */
  readonly config: string | undefined;
  /** What was said of the budget. */
  readonly budget: BudgetStatus | undefined;
  /** What the operator saw, through caches that may be behind. */
  readonly seen: Observed;
};

/** A finalizer that the operator lifted, and the Deployment of the profile at that time. */
export type End = { readonly profile: ObservedProfile; readonly deployment: ObservedDeployment | undefined };

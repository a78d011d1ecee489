/** `decide`, whose status the API server accepts: the CRD's bounds hold in all histories. */
import { decide as decideAnything } from '../../../src/core/decide.ts';
import type { Decision } from '../../../src/core/model/decision.ts';
import type { Observed } from '../../../src/core/model/observed.ts';
import { violationsOf } from '../../support/crd.ts';

/** Throws where the CRD rejects the status. */
export function decide(observed: Observed): Decision {
  const decision = decideAnything(observed);
  const violations = violationsOf(decision.status);
  if (violations.length > 0) throw new Error(`the CRD rejects the status: ${violations.join('; ')}`);
  return decision;
}

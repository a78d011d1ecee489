/**
 * Everything that can keep a pool from being proven: a row for each reason, with the codes and texts of the driver that lead
 * to it. Data only; classify.ts reads it, and docs/reference/verdicts.md lists it. Reasons are API: scripts and alerts depend on them.
 */
import type { FailureClasses } from './failure-class.ts';
import { LISTENER, NETWORK, SETUP } from './failures-before-logon.ts';
import { LOGON } from './failures-at-logon.ts';
import { PROBE, SESSION } from './failures-after-logon.ts';

export const FAILURES = {
  ...SETUP,
  ...NETWORK,
  ...LISTENER,
  ...LOGON,
  ...SESSION,
  ...PROBE,
} as const satisfies FailureClasses;

export type Reason = keyof typeof FAILURES;

/**
 * A profile in each state that it may be in: what `Ready` gives as the reason, and what the library kstatus makes of it. Each
 * status is one that the operator makes; docs/reference/spec.md is compared with this list.
 */
import { PROBE_STATES } from './states/probe-states.ts';
import { PROFILE_STATES } from './states/profile-states.ts';
import { ROLLOUT_STATES } from './states/rollout-states.ts';
import type { State } from './states/state.ts';

export const STATES: readonly State[] = [...PROFILE_STATES, ...PROBE_STATES, ...ROLLOUT_STATES];

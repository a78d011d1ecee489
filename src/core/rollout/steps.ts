/** The steps of a rollout, in their order, and the one step of a deletion. */
export { rolloutMayStart } from './rollout-may-start.ts';
export { templateIsCurrent } from './template-is-current.ts';
export { rolloutIsComplete } from './rollout-is-complete.ts';
export { observationIsOver } from './observation-is-over.ts';
export { backendIsRestored } from './restore.ts';

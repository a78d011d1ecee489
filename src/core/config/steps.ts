/** The first and the last step of the chain. */
export { configIsRendered } from './config-is-rendered.ts';
export { oldConfigsAreCollected } from './old-configs-are-collected.ts';

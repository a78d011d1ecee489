/** The steps of the chain about ConfigMaps: the first and the last. */
export { configIsRendered } from './config-is-rendered.ts';
export { oldConfigsAreCollected } from './old-configs-are-collected.ts';

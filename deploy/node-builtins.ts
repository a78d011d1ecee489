/**
 * esbuild plugin: loads Node's own modules by `process.getBuiltinModule`. An `import` reads every export, also those that
 * Node creates on demand: `import ... from 'node:http'` loads Node's whole undici, for a WebSocket that is never opened.
 */
import { isBuiltin } from 'node:module';
import type { Plugin } from 'esbuild';

export const nodeBuiltins: Plugin = {
  name: 'node-builtins',
  setup(build) {
    build.onResolve({ filter: /^(node:)?[a-z_/0-9]+$/ }, ({ path }) =>
      isBuiltin(path) ? { path: path.replace(/^node:/, ''), namespace: 'builtin' } : undefined,
    );
    build.onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule(${JSON.stringify(`node:${path}`)});`,
    }));
  },
};

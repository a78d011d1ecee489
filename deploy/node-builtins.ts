/**
 * Takes Node's own modules by `process.getBuiltinModule`. An `import` of one reads every property that it exports, those
 * too that Node makes on demand: `import ... from 'node:http'` loads Node's whole undici, for a WebSocket that nobody opens.
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

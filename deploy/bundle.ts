/** How every program of the project becomes one file without dependencies. */
import { build } from 'esbuild';
import { nodeBuiltins } from './node-builtins.ts';
import { pruneClientNode } from './prune-client-node.ts';

/** Writes NAME.mjs into `out` for each `{ NAME: path of its entry }`. Throws where a bundle cannot be made. */
export async function bundle(entryPoints: Readonly<Record<string, string>>, out: string): Promise<void> {
  await build({
    entryPoints,
    absWorkingDir: `${import.meta.dirname}/..`,
    outdir: out,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    outExtension: { '.js': '.mjs' },
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'none',
    plugins: [nodeBuiltins, pruneClientNode],
    sourcemap: false,
    logLevel: 'warning',
    // CommonJS dependencies ask for `require`, which an ES module does not have by itself.
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  });
}

/** Bundles each program of the project into one file without dependencies. */
import { build } from 'esbuild';
import { nodeBuiltins } from './node-builtins.ts';
import { pruneClientNode } from './prune-client-node.ts';

/** Writes `out`/NAME.mjs for each `{ NAME: path of its entry }`. Throws where esbuild fails. */
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
    // CommonJS dependencies need `require`, which ES modules do not have.
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  });
}

/**
 * Bundles the operator and the probe, each into one file without dependencies, for the image (deploy/Containerfile).
 * `node deploy/build.ts [OUT]`; OUT is `dist` by default.
 */
import { build } from 'esbuild';

/** Writes operator.mjs and probe.mjs into `out`. Throws where a bundle cannot be made. */
export async function buildBundles(out: string): Promise<void> {
  await build({
    entryPoints: { operator: 'src/main.ts', probe: 'src/probe/main.ts' },
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
    sourcemap: false,
    logLevel: 'warning',
    // CommonJS dependencies ask for `require`, which an ES module does not have by itself.
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  });
}

if (import.meta.main) await buildBundles(process.argv[2] ?? 'dist');

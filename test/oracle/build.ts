/** Bundles the stand-in into one file without dependencies, for its image (Containerfile). */
import { build } from 'esbuild';

/** Writes stand-in.mjs into `out`. Throws where a bundle cannot be made. */
export async function bundleStandIn(out: string): Promise<void> {
  await build({
    entryPoints: { 'stand-in': `${import.meta.dirname}/main.ts` },
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
  });
}

if (import.meta.main) await bundleStandIn(process.argv[2] ?? 'dist');

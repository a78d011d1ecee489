/** Bundles the example backend into one file without dependencies, for its image (Containerfile). */
import { build } from 'esbuild';

/** Writes backend.mjs into `out`. Throws where the bundle cannot be made. */
export async function bundleBackend(out: string): Promise<void> {
  await build({
    entryPoints: { backend: `${import.meta.dirname}/main.ts` },
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

if (import.meta.main) await bundleBackend(process.argv[2] ?? 'dist');

/** Bundles the operator and the probe for their image (deploy/Containerfile): `node deploy/build.ts [OUT]`, by default `dist`. */
import { bundle } from './bundle.ts';

/** Writes operator.mjs and probe.mjs into `out`. */
export const buildBundles = (out: string): Promise<void> =>
  bundle({ operator: 'src/main.ts', probe: 'src/probe/main.ts' }, out);

if (import.meta.main) await buildBundles(process.argv[2] ?? 'dist');

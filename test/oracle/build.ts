/** Bundles the stand-in into one file without dependencies, for its image (Containerfile). */
import { bundle } from '../../deploy/bundle.ts';

/** Writes stand-in.mjs into `out`. */
export const bundleStandIn = (out: string): Promise<void> => bundle({ 'stand-in': 'test/oracle/main.ts' }, out);

if (import.meta.main) await bundleStandIn(process.argv[2] ?? 'dist');

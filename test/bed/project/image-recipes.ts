/** What the project's images are made of: bundled programs, and a Containerfile. */
import { join } from 'node:path';
import { buildBundles } from '../../../deploy/build.ts';
import { bundleBackend } from '../../../examples/backend/build.ts';
import { bundleStandIn } from '../../oracle/build.ts';
import { CHECKOUT } from '../../runner/folders.ts';

export type Recipe = {
  /** Name of the image, as the manifests refer to it. */
  readonly name: string;
  readonly containerfile: string;
  /** Writes the files of the image into a folder. */
  readonly bundle: (out: string) => Promise<void>;
};

export const OPERATOR = 'dbpool-operator';
export const STAND_IN = 'dbpool-oracle-stand-in';
export const BACKEND = 'dbpool-example-backend';

export const IMAGES: readonly Recipe[] = [
  { name: OPERATOR, containerfile: join(CHECKOUT, 'deploy', 'Containerfile'), bundle: buildBundles },
  { name: STAND_IN, containerfile: join(CHECKOUT, 'test', 'oracle', 'Containerfile'), bundle: bundleStandIn },
  { name: BACKEND, containerfile: join(CHECKOUT, 'examples', 'backend', 'Containerfile'), bundle: bundleBackend },
];

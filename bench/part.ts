/** What every part of the benchmark is given. */
import type { Cluster, ImageNames } from '../test/bed/bed.ts';
import type { Run } from '../test/runner/run.ts';
import type { OperatorPod } from './cluster/operator.ts';
import type { PlainClient } from './cluster/plain-client.ts';
import type { Fleet } from './fleet.ts';
import type { Options } from './options.ts';

/** Concurrent requests of the benchmark itself: as many as the operator has concurrent reconciles. */
export const CONNECTIONS = 16;

export type Bench = {
  readonly run: Run;
  readonly options: Options;
  readonly cluster: Cluster;
  readonly images: ImageNames;
  /** Name of the image that the project's images are built on. */
  readonly base: string;
  readonly client: PlainClient;
  readonly operator: OperatorPod;
  readonly fleet: Fleet;
};

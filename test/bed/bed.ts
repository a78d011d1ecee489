/**
 * The door of the test bed: a kind cluster in which the operator runs, made from what this machine has. Code outside of
 * this folder imports this module only.
 */
import { type Run, uninterrupted } from '../runner/run.ts';
import { type Cluster, clusterCalled, deleteCluster } from './kind/cluster.ts';
import { collectEvidence } from './project/evidence.ts';
import type { ImageNames } from './project/images.ts';
import { setUp, SetUpOutputs, type Settings } from './set-up.ts';

export { inspectMachine } from './inspect.ts';
export { type Cluster, clusterCalled, deleteCluster, ownerOf } from './kind/cluster.ts';
export { AUDIT_LOG } from './kind/cluster-config.ts';
export { findKind } from './kind/kind.ts';
export { kubectl, kubectlIn, type KubectlOptions } from './kind/kubectl.ts';
export type { Prerequisite } from './prerequisite.ts';
export { BACKEND, OPERATOR, STAND_IN } from './project/image-recipes.ts';
export { type ImageNames, removeImages } from './project/images.ts';
export { applyFile, applyFolder, OTHER_OPERATOR, withSettings } from './project/manifests.ts';
export { describeApplied, rolledOut } from './set-up.ts';

/** Milliseconds for a clean-up, which goes on where its run is interrupted. */
const CLEAN_UP_MS = 60_000;

/** One cluster, and the images in it. */
export class Bed {
  readonly cluster: Cluster;
  readonly #outputs = new SetUpOutputs();

  constructor(clusterName: string) {
    this.cluster = clusterCalled(clusterName);
  }

  /**
   * Gets Docker, kind and the images, makes the cluster, and starts the operator with these environment variables. What is
   * there already is used. Throws StepFailed or SetUpError; a later set-up continues where this one stopped.
   */
  async setUp(run: Run, settings: Settings = {}): Promise<void> {
    await setUp(run, this.cluster, this.#outputs, settings);
  }

  /** The project's images. Throws before the set-up. */
  get images(): ImageNames {
    return this.#outputs.images.get();
  }

  /** Name of the image with Node.js, on which the project's images are built. Throws before the set-up. */
  get base(): string {
    return this.#outputs.startImages.get().base;
  }

  /** Writes the state of the cluster's objects, and the operator's log, into the folder of the run's log. */
  async collectEvidence(run: Run): Promise<void> {
    await collectEvidence(run, this.cluster);
  }

  /** Deletes the cluster, also where the run is interrupted. Does nothing where the set-up ended before it had kind. */
  async takeDown(run: Run): Promise<void> {
    const { kind } = this.#outputs;
    if (kind.isSet) await deleteCluster(uninterrupted(run, CLEAN_UP_MS), this.cluster, kind.get());
  }
}

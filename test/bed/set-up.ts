/** The steps from what this machine has to a cluster in which the operator runs. */
import type { Prerequisite } from './prerequisite.ts';
import { type Run, SetUpError } from '../runner/run.ts';
import { runSteps, type Step } from '../runner/steps.ts';
import { acquireLock } from '../runner/lock.mjs';
import { findDocker } from './docker/docker.ts';
import { type Cluster, makeCluster } from './kind/cluster.ts';
import { findKind, type Kind } from './kind/kind.ts';
import { kubectl } from './kind/kubectl.ts';
import { buildSteps, requireBuildTools } from './node-image/build.ts';
import { ARCHIVE } from './node-image/recipe.ts';
import {
  chooseSource,
  type ImageSource,
  loadStartImages,
  pullStartImages,
  describeSource,
  type StartImages,
} from './node-image/source.ts';
import { StepOutput } from './step-output.ts';
import { buildImages, type ImageNames, loadImages } from './project/images.ts';
import { applyFolder, withSettings } from './project/manifests.ts';

export class SetUpOutputs {
  readonly kind = new StepOutput<Kind>('kind');
  readonly startImages = new StepOutput<StartImages>('the images to start from');
  readonly images = new StepOutput<ImageNames>("the project's images");
}

/** Environment variables of the operator. */
export type Settings = Readonly<Record<string, string>>;

/** Fills `outputs`. Throws StepFailed or SetUpError; what was made before stays, and the next run finds it. */
export async function setUp(run: Run, cluster: Cluster, outputs: SetUpOutputs, settings: Settings): Promise<void> {
  // Docker, kind and the images are shared by all checkouts of this machine: one run at a time gets them.
  const release = await acquireLock('set-up', {
    signal: run.signal,
    onWait: (pid) => run.say(`waiting for process ${pid ?? '?'}, which gets Docker, kind and images for all checkouts`),
  });
  try {
    await runSteps(run, await toolSteps(run, outputs));
    const source = await chooseSource(run);
    if (source.kind === 'recipe') await requireBuildTools(run);
    await runSteps(run, imageSteps(source, outputs));
  } finally {
    await release();
  }
  await runSteps(run, clusterSteps(cluster, outputs, settings));
}

/** Docker and kind. Throws SetUpError, before anything is changed, where one of them is missing and cannot be obtained. */
async function toolSteps(run: Run, outputs: SetUpOutputs): Promise<readonly Step[]> {
  const docker = await findDocker(run);
  const kind = await findKind(run);
  const missing = Object.entries({ Docker: docker, kind }).flatMap(([name, found]) =>
    found.kind === 'missing' ? [{ ...found, name }] : [],
  );
  if (missing.length > 0) {
    throw new SetUpError(missing.map(({ name, summary }) => `${name}: ${summary}`).join('\n'), {
      next: missing.map(({ next }) => next).join('\n'),
    });
  }
  return [
    { title: 'Docker', run: (step) => obtain(step, docker).then(({ summary }) => summary) },
    {
      title: 'kind',
      run: async (step) => {
        const { value, summary } = await obtain(step, kind);
        outputs.kind.set(value);
        return summary;
      },
    },
  ];
}

async function obtain<T>(run: Run, prerequisite: Prerequisite<T>): Promise<{ value: T; summary: string }> {
  switch (prerequisite.kind) {
    case 'found':
      return prerequisite;
    case 'obtainable':
      run.say(`${prerequisite.summary}: ${prerequisite.will}`);
      return { value: await prerequisite.obtain(run), summary: `${prerequisite.summary}: ${prerequisite.will}` };
    case 'missing':
      throw new SetUpError(prerequisite.summary, { next: prerequisite.next });
  }
}

/** The node image and the image with Node.js, from this source. */
function imageSteps(source: ImageSource, outputs: SetUpOutputs): readonly Step[] {
  const title = 'Images to start from';
  const load = (get: (run: Run) => Promise<StartImages>): Step => ({
    title,
    run: async (run) => {
      outputs.startImages.set(await get(run));
      return describeSource(source);
    },
  });
  switch (source.kind) {
    case 'archive':
      return [load((run) => loadStartImages(run, source.path))];
    case 'stock':
      return [load((run) => pullStartImages(run, source))];
    case 'recipe':
      return [{ title: 'Node image', steps: buildSteps() }, load((run) => loadStartImages(run, ARCHIVE))];
  }
}

function clusterSteps(cluster: Cluster, outputs: SetUpOutputs, settings: Settings): readonly Step[] {
  return [
    {
      title: 'Cluster and images',
      isConcurrent: true,
      steps: [
        {
          title: `Cluster ${cluster.name}`,
          run: (run) => makeCluster(run, cluster, outputs.kind.get(), outputs.startImages.get().node),
        },
        {
          title: "The project's images",
          run: async (run) => {
            const images = await buildImages(run, outputs.startImages.get().base);
            outputs.images.set(images);
            return Object.values(images).join(', ');
          },
        },
      ],
    },
    {
      title: 'Images into the cluster',
      run: async (run) => {
        const loaded = await loadImages(run, cluster, outputs.kind.get(), outputs.images.get());
        return loaded === 0 ? 'all are there' : `${loaded} loaded`;
      },
    },
    {
      title: 'CRD and operator',
      run: async (run) => {
        const edits = Object.keys(settings).length === 0 ? {} : { patches: [withSettings(settings)] };
        const options = { images: outputs.images.get(), besides: ['crds'], edits };
        const applied = await applyFolder(run, cluster, 'deploy', options);
        await rolledOut(run, cluster, 'dbpool-system', 'dbpool-operator');
        // A node is Ready before it resolves names, and a probe that starts too early is retried only after its backoff.
        await rolledOut(run, cluster, 'kube-system', 'coredns');
        return describeApplied(applied);
      },
    },
  ];
}

/** What `kubectl apply` did, as text for a person. */
export function describeApplied(changes: number): string {
  if (changes === 0) return 'unchanged';
  return `${changes} ${changes === 1 ? 'object' : 'objects'} applied`;
}

/** Waits until all pods of a Deployment are new and available. Throws ExecuteError after two minutes. */
export async function rolledOut(run: Run, { node }: Cluster, namespace: string, deployment: string): Promise<void> {
  await kubectl(run, node, ['rollout', 'status', '-n', namespace, `deployment/${deployment}`, '--timeout=120s']);
}

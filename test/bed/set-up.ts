/** What both commands begin with: from what is on this machine to a cluster in which the operator runs. */
import { Found } from './found.ts';
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
  sourceInWords,
  type StartImages,
} from './node-image/source.ts';
import { buildImages, type ImageNames, loadImages } from './project/images.ts';
import { applyFolder, withSettings } from './project/manifests.ts';

/** What the steps find, for those after them. */
export class Facts {
  readonly kind = new Found<Kind>('kind');
  readonly startImages = new Found<StartImages>('the images to start from');
  readonly images = new Found<ImageNames>("the project's images");
}

type Settings = Readonly<Record<string, string>>;

/** `settings` are variables of the operator. Throws StepFailed or SetUpError; what was made before stays, and is found again by the next run. */
export async function setUp(run: Run, cluster: Cluster, facts: Facts, settings: Settings = {}): Promise<void> {
  // What all checkouts of this machine share is got by one of them at a time.
  const release = await acquireLock('set-up', {
    signal: run.signal,
    onWait: (pid) => run.say(`waiting for process ${pid ?? '?'}, which gets Docker, kind and images for all checkouts`),
  });
  try {
    await runSteps(run, await toolSteps(run, facts));
    const source = await chooseSource(run);
    if (source.kind === 'recipe') await requireBuildTools(run);
    await runSteps(run, imageSteps(source, facts));
  } finally {
    await release();
  }
  await runSteps(run, clusterSteps(cluster, facts, settings));
}

/** Docker and kind. Throws SetUpError where one of them is not there and will not be got, before anything is done. */
async function toolSteps(run: Run, facts: Facts): Promise<readonly Step[]> {
  const docker = await findDocker(run);
  const kind = await findKind(run);
  const missing = Object.entries({ Docker: docker, kind }).flatMap(([name, found]) =>
    found.kind === 'missing' ? [{ ...found, name }] : [],
  );
  if (missing.length > 0) {
    throw new SetUpError(missing.map(({ name, words }) => `${name}: ${words}`).join('\n'), {
      next: missing.map(({ next }) => next).join('\n'),
    });
  }
  return [
    { title: 'Docker', run: (step) => obtain(step, docker).then(({ words }) => words) },
    {
      title: 'kind',
      run: async (step) => {
        const { value, words } = await obtain(step, kind);
        facts.kind.set(value);
        return words;
      },
    },
  ];
}

async function obtain<T>(run: Run, prerequisite: Prerequisite<T>): Promise<{ value: T; words: string }> {
  switch (prerequisite.kind) {
    case 'found':
      return prerequisite;
    case 'obtainable':
      run.say(`${prerequisite.words}: ${prerequisite.will}`);
      return { value: await prerequisite.obtain(run), words: `${prerequisite.words}: ${prerequisite.will}` };
    case 'missing':
      throw new SetUpError(prerequisite.words, { next: prerequisite.next });
  }
}

/** The node image and the one with Node.js, from where `source` says. */
function imageSteps(source: ImageSource, facts: Facts): readonly Step[] {
  const title = 'Images to start from';
  const load = (get: (run: Run) => Promise<StartImages>): Step => ({
    title,
    run: async (run) => {
      facts.startImages.set(await get(run));
      return sourceInWords(source);
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

function clusterSteps(cluster: Cluster, facts: Facts, settings: Settings): readonly Step[] {
  return [
    {
      title: 'Cluster and images',
      sideBySide: true,
      steps: [
        {
          title: `Cluster ${cluster.name}`,
          run: (run) => makeCluster(run, cluster, facts.kind.get(), facts.startImages.get().node),
        },
        {
          title: "The project's images",
          run: async (run) => {
            const images = await buildImages(run, facts.startImages.get().base);
            facts.images.set(images);
            return Object.values(images).join(', ');
          },
        },
      ],
    },
    {
      title: 'Images into the cluster',
      run: async (run) => {
        const loaded = await loadImages(run, cluster, facts.kind.get(), facts.images.get());
        return loaded === 0 ? 'all are there' : `${loaded} loaded`;
      },
    },
    {
      title: 'CRD and operator',
      run: async (run) => {
        const edits = Object.keys(settings).length === 0 ? {} : { patches: [withSettings(settings)] };
        const options = { images: facts.images.get(), besides: ['crds'], edits };
        const applied = await applyFolder(run, cluster, 'deploy', options);
        await rolledOut(run, cluster, 'dbpool-system', 'dbpool-operator');
        // A node is Ready before names are resolved; a probe that is early would be tried again only after its pause.
        await rolledOut(run, cluster, 'kube-system', 'coredns');
        return inWords(applied);
      },
    },
  ];
}

/** What `kubectl apply` did, for a person. */
export const inWords = (changes: number) => (changes === 0 ? 'unchanged' : `${changes} objects applied`);

/** Waits until all pods of a Deployment are new and available. Throws ExecuteError after two minutes. */
export async function rolledOut(run: Run, { node }: Cluster, namespace: string, deployment: string): Promise<void> {
  await kubectl(run, node, ['rollout', 'status', '-n', namespace, `deployment/${deployment}`, '--timeout=120s']);
}

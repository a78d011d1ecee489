/** Makes the two images from a Debian file system, programs and configuration files, and saves them in one archive. */
import {
  chmodSync,
  cpSync,
  createReadStream,
  linkSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { execute } from '../../runner/execute.ts';
import { folder } from '../../runner/folders.ts';
import type { Run } from '../../runner/run.ts';
import { builderEnvironment } from '../docker/docker.ts';
import { saveArchive } from './archive.ts';
import { BASE_IMAGE, KUBERNETES, NODE_IMAGE, ROOT_FILES } from './recipe.ts';

const CONTROL_PLANE = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kube-proxy', 'etcd', 'coredns'];
const DEBIAN_IMAGE = NODE_IMAGE.replace('kind-node', 'kind-debian');
const CONTROL_PLANE_IMAGE = NODE_IMAGE.replace('kind-node', 'kind-control-plane');

/** Makes the images from what earlier steps left in `work`, saves them in an archive, and deletes `work`. */
export async function packImages(run: Run, work: string, archive: string): Promise<void> {
  const programs = join(work, 'programs');
  run.say('Debian');
  await execute(
    run,
    [
      'docker',
      'import',
      '--change',
      'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      '-',
      DEBIAN_IMAGE,
    ],
    {
      stdin: createReadStream(join(work, 'debian.tar')),
    },
  );
  const clusterImages = await controlPlaneImages(run, work, programs);
  await nodeImage(run, work, programs, clusterImages);
  run.say('Node.js');
  const nodejs = `FROM ${DEBIAN_IMAGE}\nCOPY node /usr/local/bin/node\nRUN useradd --uid 1000 --create-home node\nENTRYPOINT ["/usr/local/bin/node"]\n`;
  await buildImage(run, BASE_IMAGE, join(work, 'nodejs'), nodejs);
  run.say('archive');
  await saveArchive(run, [NODE_IMAGE, BASE_IMAGE], archive);
  await execute(run, ['docker', 'image', 'rm', CONTROL_PLANE_IMAGE, ...clusterImages]);
  rmSync(work, { recursive: true });
}

/** The images that kubeadm asks for, all of the one program; returns their names. */
async function controlPlaneImages(run: Run, work: string, programs: string): Promise<readonly string[]> {
  run.say('control plane');
  const context = emptyFolder(work, 'control-plane');
  const bin = folder(context, 'bin');
  linkSync(join(programs, 'kube'), join(bin, 'kube'));
  for (const name of CONTROL_PLANE) symlinkSync('kube', join(bin, name));
  await buildImage(run, CONTROL_PLANE_IMAGE, context, `FROM ${DEBIAN_IMAGE}\nCOPY bin/ /usr/local/bin/\n`);

  const kubeadm = join(work, 'kubeadm');
  rmSync(kubeadm, { force: true });
  symlinkSync(join(programs, 'kube'), kubeadm);
  const names = (await execute(run, [kubeadm, 'config', 'images', 'list', '--kubernetes-version', KUBERNETES]))
    .trim()
    .split('\n');
  const empty = emptyFolder(work, 'empty');
  const entrypoints: Readonly<Record<string, string>> = {
    coredns: '["/usr/local/bin/coredns"]',
    // A process that does nothing, in which a pod's namespaces live.
    pause: '["/usr/bin/sleep", "infinity"]',
  };
  for (const name of names) {
    const entrypoint = Object.entries(entrypoints).find(([program]) => name.includes(program))?.[1];
    if (entrypoint === undefined) await execute(run, ['docker', 'tag', CONTROL_PLANE_IMAGE, name]);
    else await buildImage(run, name, empty, `FROM ${CONTROL_PLANE_IMAGE}\nENTRYPOINT ${entrypoint}\n`);
  }
  return names;
}

async function nodeImage(run: Run, work: string, programs: string, clusterImages: readonly string[]): Promise<void> {
  run.say('node');
  const context = emptyFolder(work, 'node');
  const root = join(context, 'root');
  cpSync(ROOT_FILES, root, { recursive: true });
  chmodSync(join(root, 'usr/local/bin/entrypoint'), 0o755);
  const [bin, plugins, kind] = [
    folder(root, 'usr/local/bin'),
    folder(root, 'opt/cni/bin'),
    folder(root, 'kind', 'images'),
  ];
  for (const program of readdirSync(programs)) {
    const isForNode = program === 'kube' || program === 'ctr' || program.startsWith('containerd');
    linkSync(join(programs, program), join(isForNode ? bin : plugins, program));
  }
  for (const name of ['kubelet', 'kubeadm', 'kubectl']) symlinkSync('kube', join(bin, name));
  writeFileSync(join(root, 'kind', 'version'), `${KUBERNETES}\n`);
  await execute(run, ['docker', 'save', '--output', join(kind, 'cluster.tar'), ...clusterImages]);
  await buildImage(
    run,
    NODE_IMAGE,
    context,
    `FROM ${DEBIAN_IMAGE}\nCOPY root/ /\nENTRYPOINT ["/usr/local/bin/entrypoint"]\n`,
  );
}

async function buildImage(run: Run, name: string, context: string, containerfile: string): Promise<void> {
  const file = `${context}.Containerfile`;
  writeFileSync(file, containerfile);
  const env = await builderEnvironment(run);
  await execute(run, ['docker', 'build', '--tag', name, '--file', file, context], { env });
}

function emptyFolder(...parts: readonly string[]): string {
  rmSync(join(...parts), { recursive: true, force: true });
  return folder(...parts);
}

/**
 * Builds the node image and the Node.js image. Each step leaves a file that a later run finds, so an interrupted build
 * continues where it stopped (Go caches its own unfinished work). At the end only the archive is left.
 */
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { attempt, execute } from '../../runner/execute.ts';
import { type Run, SetUpError } from '../../runner/run.ts';
import type { Step } from '../../runner/steps.ts';
import { packImages } from './pack.ts';
import {
  ARCHITECTURE,
  ARCHIVE,
  DEBIAN,
  DEBIAN_PACKAGES,
  GO_VERSION,
  KUBERNETES,
  NODE_VERSION,
  PROGRAMS,
  workFolder,
} from './recipe.ts';

/** Packages that the longest step compiles, counted once. Only the shown percentage depends on it. */
const GO_PACKAGES = 3050;

/** The steps, each with the time that it takes on two cores with empty caches. */
export function buildSteps(): readonly Step[] {
  const work = workFolder();
  return [
    step('Debian', '30 s', join(work, 'debian.tar'), makeDebian),
    step(
      `Kubernetes ${KUBERNETES}, etcd, CoreDNS, containerd, CNI from Go modules`,
      '8 min',
      join(work, 'programs'),
      buildPrograms,
    ),
    step(`Node.js ${NODE_VERSION} from npm`, '10 s', join(work, 'nodejs'), fetchNode),
    step('Images, packed into an archive', '40 s', ARCHIVE, (run, archive) => packImages(run, work, archive)),
  ];
}

type Make = (run: Run, path: string) => Promise<void>;

/** A step whose result is a file or folder, which is made under another name and renamed once it is complete. */
function step(title: string, expected: string, result: string, make: Make): Step {
  return {
    title,
    run: async (run) => {
      if (existsSync(result)) return 'exists from an earlier run';
      run.say(`expected to take about ${expected}`);
      const part = `${result}.part`;
      rmSync(part, { recursive: true, force: true });
      await make(run, part);
      renameSync(part, result);
      return `expected ${expected}`;
    },
  };
}

async function makeDebian(run: Run, path: string): Promise<void> {
  if ((await attempt(run, ['mmdebstrap', '--version'])).exitCode !== 0) await installMmdebstrap(run);
  const unneeded = ['doc', 'man', 'info', 'locale'].map((name) => `--dpkgopt=path-exclude=/usr/share/${name}/*`);
  const options = [
    '--variant=minbase',
    '--aptopt=APT::Install-Recommends "false"',
    // Merged from the start: else a package that merges brings all of Perl.
    '--hook-dir=/usr/share/mmdebstrap/hooks/merged-usr',
    ...unneeded,
    `--include=${DEBIAN_PACKAGES.join(',')}`,
  ];
  await execute(run, ['mmdebstrap', '--format=tar', ...options, DEBIAN, path], {
    onLine: (line) => {
      if (line.startsWith('I: ')) run.say(line.slice(3));
    },
  });
}

async function installMmdebstrap(run: Run): Promise<void> {
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  await execute(run, ['apt-get', 'update', '-qq'], { env });
  const packages = ['mmdebstrap', 'debian-archive-keyring'];
  await execute(run, ['apt-get', 'install', '-y', '-qq', '--no-install-recommends', ...packages], { env });
}

/** Everything at once: the programs share most of what they are compiled from. */
async function buildPrograms(run: Run, path: string): Promise<void> {
  mkdirSync(path);
  const [, minor = ''] = /^v1\.(\d+)\./.exec(KUBERNETES) ?? [];
  const version = {
    'k8s.io/component-base/version.gitVersion': KUBERNETES,
    'k8s.io/component-base/version.gitMajor': '1',
    'k8s.io/component-base/version.gitMinor': minor,
    'k8s.io/client-go/pkg/version.gitVersion': KUBERNETES,
  };
  const ldflags = ['-s', '-w', ...Object.entries(version).map(([name, value]) => `-X ${name}=${value}`)].join(' ');
  let compiled = 0;
  await execute(
    run,
    // Without debug information these programs compile and link faster, and are smaller.
    [
      'go',
      'build',
      '-v',
      '-trimpath',
      '-gcflags=all=-dwarf=false',
      '-ldflags',
      ldflags,
      '-tags',
      'no_btrfs,no_zfs,no_devmapper,no_erofs',
      '-o',
      `${path}/`,
      './kube',
      'tool',
    ],
    {
      cwd: PROGRAMS,
      // Garbage collection of the compiler takes a sixth of the time, and it needs little memory.
      env: { CGO_ENABLED: '0', GOGC: '400' },
      timeoutMs: 3_600_000,
      onLine: () => {
        compiled += 1;
        if (compiled % 25 === 0)
          run.say(`${Math.min(99, Math.round((100 * compiled) / GO_PACKAGES))} % compiled (${compiled} packages)`);
      },
    },
  );
}

async function fetchNode(run: Run, path: string): Promise<void> {
  mkdirSync(path);
  const name = `node-linux-${ARCHITECTURE === 'amd64' ? 'x64' : ARCHITECTURE}@${NODE_VERSION}`;
  const archive = (await execute(run, ['npm', 'pack', '--silent', '--pack-destination', path, name])).trim();
  await execute(run, ['tar', '-C', path, '-xzf', join(path, archive), '--strip-components=2', 'package/bin/node']);
  rmSync(join(path, archive));
}

/** What the build needs and this machine neither has nor can obtain, as text for a person. */
export async function missingBuildTools(run: Run): Promise<readonly string[]> {
  const has = async (program: string, ...args: readonly string[]) =>
    (await attempt(run, [program, ...args])).exitCode === 0;
  return [
    ...((await has('go', 'version')) ? [] : [`Go ${GO_VERSION} or later (https://go.dev/dl)`]),
    ...(process.getuid?.() === 0 ? [] : ['root, to make a Debian file system']),
    ...((await has('apt-get', '--version')) ? [] : ['apt-get: a Debian or Ubuntu machine']),
  ];
}

/** Throws SetUpError where something is missing. Called before any long step. */
export async function requireBuildTools(run: Run): Promise<void> {
  const missing = await missingBuildTools(run);
  if (missing.length === 0) return;
  throw new SetUpError(`no registry answers, and to build the node image this machine lacks ${missing.join('; ')}`, {
    next: `Or name an archive that another machine built in KIND_NODE_IMAGE_ARCHIVE. Its path there is ${ARCHIVE}.`,
  });
}

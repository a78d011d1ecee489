import { describe, expect, test } from 'vitest';
import { missingCapabilities } from './capabilities.ts';
import { assess, type Observation } from './docker.ts';
import { engineSettings, hasAptPackages } from './engine.ts';

/** A person's Debian machine, with a client and without an engine that answers. */
const observation = (changes: Partial<Observation> = {}): Observation => ({
  exitCode: 1,
  stdout: '',
  stderr: 'Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?',
  isRoot: false,
  isRemote: false,
  hasEngine: false,
  hasAptPackages: true,
  lacksGo: false,
  ...changes,
});

const noClient = { exitCode: 127, stderr: 'docker: command not found' };
const refused = { stderr: 'permission denied while trying to connect to the Docker daemon socket' };

describe('Docker', () => {
  test('Docker that responds is found with its version, whatever else is true of the machine', () => {
    const observed = observation({ exitCode: 0, stdout: '29.1.0\n', isRemote: true, lacksGo: true });
    expect(assess(observed)).toEqual({ kind: 'found', summary: '29.1.0', value: '29.1.0' });
  });

  test.for<[string, Partial<Observation>, string, string]>([
    ['a user finds no client', noClient, 'not on PATH', 'Install Docker'],
    ['a user finds no engine', {}, 'it does not answer', 'Start it'],
    ['a user finds an engine that does not run', { hasEngine: true }, 'it does not answer', 'Start it'],
    ['a user is refused', refused, 'refuses this user: permission denied', 'to the group `docker`'],
    ['root is refused', { ...refused, isRoot: true, hasEngine: true }, 'refuses this user', 'to the group `docker`'],
    [
      'root finds nothing, and no apt',
      { ...noClient, isRoot: true, hasAptPackages: false },
      'not on PATH',
      'Install Docker',
    ],
    ['root finds a client alone, and no apt', { isRoot: true, hasAptPackages: false }, 'not answer', 'Start it'],
    ['the engine is on another machine', { isRoot: true, isRemote: true, hasEngine: true }, 'not answer', 'Start it'],
    ['a filter for runc is needed, and no Go', { isRoot: true, lacksGo: true }, 'lacks capabilities', 'Install Go'],
  ])('Docker is missing where %s', ([, changes, summary, next]) => {
    const found = assess(observation(changes));
    expect(found).toMatchObject({
      kind: 'missing',
      summary: expect.stringContaining(summary) as string,
      next: expect.stringContaining(next) as string,
    });
  });

  test.for<[string, Partial<Observation>, string]>([
    ['with an engine that does not run: started', { hasEngine: true }, 'start dockerd'],
    ['with an engine, without apt: started', { hasEngine: true, hasAptPackages: false }, 'start dockerd'],
    ['with an engine, without a client: started', { ...noClient, hasEngine: true }, 'start dockerd'],
    ['with apt alone: installed', noClient, 'install docker.io'],
    ['with apt and a client: installed', {}, 'install docker.io'],
  ])('Docker is obtainable by root, %s', ([, changes, will]) => {
    const found = assess(observation({ ...changes, isRoot: true }));
    expect(found).toMatchObject({ kind: 'obtainable', will: expect.stringContaining(will) as string });
  });
});

describe('packages of apt', () => {
  test.for<[string, string, boolean]>([
    ['Debian', 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nNAME="Debian GNU/Linux"\nID=debian\n', true],
    ['Ubuntu', 'PRETTY_NAME="Ubuntu 24.04.2 LTS"\nID=ubuntu\nID_LIKE=debian\n', true],
    ['Linux Mint', 'NAME="Linux Mint"\nID=linuxmint\nID_LIKE="ubuntu debian"\n', true],
    ['Fedora', 'NAME="Fedora Linux"\nID=fedora\nPLATFORM_ID="platform:f43"\n', false],
    ['Rocky', 'NAME="Rocky Linux"\nID="rocky"\nID_LIKE="rhel centos fedora"\n', false],
    ['Alpine', 'NAME="Alpine Linux"\nID=alpine\nHOME_URL="https://alpinelinux.org/"\n', false],
    [
      'one that only mentions Debian',
      'NAME="debian-free"\nID=other\nVERSION_ID=debian\nHOME_URL="https://debian"\n',
      false,
    ],
    ['a machine without os-release', '', false],
  ])('the apt packages of %s', ([, osRelease, has]) => {
    expect(hasAptPackages(osRelease)).toBe(has);
  });
});

describe('capabilities', () => {
  const status = (bounding: string) => `Name:\tnode\nCapPrm:\t0000000000000000\nCapBnd:\t${bounding}\nSeccomp:\t0\n`;

  test.for<[string, string, readonly number[]]>([
    ['of a host with all of them: none is missing', '000001ffffffffff', []],
    ['of a host without one', '000001fffffffffe', [0]],
    ['of a host without the newest', '0000003fffffffff', [38, 39, 40]],
    ['that this kernel does not know do not count', 'ffffffffffffffff', []],
  ])('the capabilities %s', ([, bounding, missing]) => {
    expect(missingCapabilities(status(bounding), '40\n')).toEqual(missing);
  });

  test('the capabilities are not read where there is no /proc', () => {
    expect(missingCapabilities('', '')).toEqual([]);
  });
});

describe('the settings of dockerd on a host that lacks capabilities', () => {
  const held = { runtimes: { held: { path: '/filter' } }, 'default-runtime': 'held' };

  test.for<[string, string, object]>([
    ['are the filter alone where the host has none', '', held],
    ['keep what the host sets', '{"data-root": "/big"}', { 'data-root': '/big', ...held }],
    [
      'keep the host’s runtimes, and take the place of its default',
      '{"default-runtime": "other", "runtimes": {"other": {"path": "/other"}}}',
      { runtimes: { other: { path: '/other' }, held: { path: '/filter' } }, 'default-runtime': 'held' },
    ],
    ['replace a filter of the same name', '{"default-runtime": "held", "runtimes": {"held": {"path": "/gone"}}}', held],
  ])('%s', ([, hostSettings, expected]) => {
    expect(JSON.parse(engineSettings(hostSettings, '/filter'))).toEqual(expected);
  });

  test.for<[string, RegExp]>([
    ['{', /daemon\.json is not JSON/],
    ['[]', /daemon\.json must hold an object, and holds \[\]/],
  ])('are refused with the name of the file where it holds %s', ([hostSettings, message]) => {
    expect(() => engineSettings(hostSettings, '/filter')).toThrow(message);
  });
});

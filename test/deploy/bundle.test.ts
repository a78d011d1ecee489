import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bundle } from '../../deploy/bundle.ts';
import { linkDependencies } from '../support/checkout.ts';

const SRC = join(import.meta.dirname, '..', '..', 'src');

const NODE_MODULES = `
  import http, { createServer } from 'node:http';
  import { setTimeout as pause } from 'timers/promises';
  await pause(1);
  const loaded = process.moduleLoadList.filter((name) => name.includes('undici/undici'));
  console.log(JSON.stringify({ same: http.createServer === createServer, loaded }));
`;

const CREDENTIALS = `
  import { KubeConfig } from '@kubernetes/client-node';
  import { Credentials } from '${SRC}/kube/credentials.ts';
  const config = new KubeConfig();
  config.loadFromFile(process.argv[2]);
  const { origin, headers } = await new Credentials(config, 1000).access(AbortSignal.timeout(10_000));
  console.log(JSON.stringify({ origin, headers }));
`;

/** By these names the probe knows that the password is not sent yet; see src/probe/oracle/round-trips.ts. */
const MESSAGES = `
  import messages from 'oracledb/lib/thin/protocol/messages/index.js';
  const names = ['ProtocolMessage', 'DataTypeMessage', 'FastAuthMessage', 'AuthMessage'];
  console.log(JSON.stringify(names.filter((name) => messages[name].name === name)));
`;

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dbpool-bundle-'));
  linkDependencies(folder);
  await writeFile(join(folder, 'node-modules.ts'), NODE_MODULES);
  await writeFile(join(folder, 'credentials.ts'), CREDENTIALS);
  await writeFile(join(folder, 'messages.ts'), MESSAGES);
  const names = ['node-modules', 'credentials', 'messages'];
  await bundle(Object.fromEntries(names.map((name) => [name, join(folder, `${name}.ts`)])), join(folder, 'out'));
}, 60_000);

afterAll(() => rm(folder, { recursive: true }));

/** Runs a bundle on its own. Resolves with the JSON on its standard output. */
async function run(name: string, ...args: readonly string[]): Promise<unknown> {
  const { stdout } = await promisify(execFile)(process.execPath, [join(folder, 'out', `${name}.mjs`), ...args]);
  return JSON.parse(stdout);
}

test('a bundle uses Node’s own modules, and loads nothing that Node creates on demand', async () => {
  expect(await run('node-modules')).toEqual({ same: true, loaded: [] });
});

test('a bundle keeps the names of the driver’s messages', async () => {
  expect(await run('messages')).toEqual(['ProtocolMessage', 'DataTypeMessage', 'FastAuthMessage', 'AuthMessage']);
});

describe('a bundle reads the credentials of a kubeconfig', () => {
  /** The headers of a request for a user, as a kubeconfig file describes them. */
  async function headersFor(user: object): Promise<unknown> {
    const file = join(folder, 'kubeconfig');
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'test', cluster: { server: 'https://127.0.0.1:6443' } }],
      users: [{ name: 'test', user }],
      contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
      'current-context': 'test',
    };
    // JSON is YAML too.
    await writeFile(file, JSON.stringify(config));
    const { origin, headers } = (await run('credentials', file)) as { origin: string; headers: unknown };
    expect(origin).toBe('https://127.0.0.1:6443');
    return headers;
  }

  test('a bundle reads a kubeconfig with an exec plugin', async () => {
    const apiVersion = 'client.authentication.k8s.io/v1';
    const credential = JSON.stringify({ apiVersion, kind: 'ExecCredential', status: { token: 'from-the-plugin' } });
    const exec = { apiVersion, command: 'echo', args: [credential], interactiveMode: 'Never' };
    expect(await headersFor({ exec })).toEqual({ authorization: 'Bearer from-the-plugin' });
  });

  // One that has not expired: client-node 2.0.1 fails to refresh a token ("server" must be an instance of URL).
  test('a bundle reads a kubeconfig with an OIDC token', async () => {
    const parts = [{ alg: 'RS256' }, { exp: Math.round(Date.now() / 1000) + 3600 }, 'signature'];
    const token = parts.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
    const config = { 'id-token': token, 'idp-issuer-url': 'https://issuer.invalid', 'client-id': 'kube' };
    const user = { 'auth-provider': { name: 'oidc', config } };
    expect(await headersFor(user)).toEqual({ authorization: `Bearer ${token}` });
  });
});

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KubeConfig, type User } from '@kubernetes/client-node';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Client } from '../../src/kube/client.ts';
import type { HttpOptions } from '../../src/kube/http.ts';
import { json } from '../support/answers.ts';
import { ApiServer } from '../support/api-server.ts';
import { createCertificate } from '../support/certificate.ts';

const AT_ONCE = { credentialsTtlMs: 0 };
const never = new AbortController().signal;

let api: ApiServer;
let client: Client | undefined;
let folder: string;
let file: (name: string, content: string) => Promise<string>;

beforeEach(async () => {
  api = await ApiServer.start();
  api.otherwise = json({ kind: 'APIVersions' });
  folder = await mkdtemp(join(tmpdir(), 'credentials-'));
  file = async (name, content) => {
    const path = join(folder, name);
    await writeFile(path, content);
    return path;
  };
});

afterEach(async () => {
  vi.useRealTimers();
  client?.close();
  await api.close();
  await rm(folder, { recursive: true });
});

const connect = (config: KubeConfig, options: HttpOptions = AT_ONCE) => {
  client = new Client(config, 'test-manager', options);
  return client;
};

const ask = (one: Client) => one.request({ method: 'GET', path: '/api' }, never);

test('a kubeconfig that wants a proxy is refused at once, and its password is not told', () => {
  const config = new KubeConfig();
  config.loadFromString(
    api.kubeConfig().exportConfig().replace('"server"', '"proxy-url":"http://jo:geheim@proxy:3128","server"'),
  );
  expect(config.getCurrentCluster()?.proxyUrl).toContain('proxy:3128');
  expect(() => connect(config)).toThrow(/^the kubeconfig has a proxy-url for cluster test: proxies are not supported$/);
});

/** What the API server saw of each call: who it came from. */
const seen = () => api.requests.map(({ headers }) => headers.authorization);

describe('a call', () => {
  test.for<[string, Partial<User>, Record<string, string | undefined>]>([
    ['a token', { token: 'abc' }, { authorization: 'Bearer abc' }],
    ['a name and a password', { username: 'jo', password: 'x:y' }, { authorization: `Basic ${btoa('jo:x:y')}` }],
    ['nothing', {}, { authorization: undefined }],
    [
      'a token, and another whose rights it asks for',
      { token: 'abc', impersonateUser: 'viewer' },
      { authorization: 'Bearer abc', 'impersonate-user': 'viewer' },
    ],
  ])('carries %s', async ([, user, headers]) => {
    await ask(connect(api.kubeConfig(user)));
    for (const [name, value] of Object.entries(headers)) expect(api.requests[0]?.headers[name]).toBe(value);
  });

  test('keeps the path of a server that is not at the root', async () => {
    const config = api.kubeConfig();
    config.clusters = config.clusters.map((cluster) => ({ ...cluster, server: `${api.url}/clusters/7/` }));
    await ask(connect(config));
    expect(api.requests.map(({ path }) => path)).toEqual(['/clusters/7/api']);
  });

  test('without a cluster says what to set', async () => {
    await expect(ask(connect(new KubeConfig()))).rejects.toMatchObject({
      name: 'TransportError',
      cause: { message: 'the kubeconfig has no current cluster: set current-context' },
    });
  });
});

describe('a token file that is rotated', () => {
  const MINUTE_MS = 60_000;
  let tokenFile: string;

  beforeEach(async () => {
    vi.useFakeTimers({ toFake: ['Date', 'performance'] });
    tokenFile = await file('token', 'old');
  });

  const account = () => ({ authProvider: { name: 'tokenFile', config: { tokenFile } } });

  test('is carried by the calls of a minute later, over the connections that there are', async () => {
    const one = connect(api.kubeConfig(account()), { credentialsTtlMs: 10_000 });
    await ask(one);
    await file('token', 'new');
    await ask(one);
    vi.advanceTimersByTime(MINUTE_MS + 1);
    await ask(one);
    const before = api.connections;
    for (let call = 0; call < 5; call += 1) await ask(one);
    expect(seen()).toEqual(['Bearer old', 'Bearer old', ...Array.from({ length: 6 }, () => 'Bearer new')]);
    expect(api.connections).toBeLessThanOrEqual(before + 1);
  });

  test('and cannot be read fails the calls until it can be', async () => {
    const one = connect(api.kubeConfig(account()));
    await ask(one);
    await rm(tokenFile);
    vi.advanceTimersByTime(MINUTE_MS + 1);
    await expect(ask(one)).rejects.toMatchObject({ name: 'TransportError', cause: { code: 'ENOENT' } });
    await file('token', 'new');
    await ask(one);
    expect(seen()).toEqual(['Bearer old', 'Bearer new']);
  });
});

describe('certificates', () => {
  test('that stay as they are keep the connections, however often they are read', async () => {
    const one = connect(api.kubeConfig());
    for (let call = 0; call < 10; call += 1) await ask(one);
    expect(api.connections).toBeLessThanOrEqual(2);
  });

  test('of a client that are rotated are shown by the next call', async () => {
    const [before, after] = [createCertificate(), createCertificate()];
    const certFile = await file('client.crt', before.cert);
    const keyFile = await file('client.key', before.key);
    const one = connect(api.kubeConfig({ certFile, keyFile }));
    await ask(one);
    await ask(one);
    await file('client.crt', after.cert);
    await file('client.key', after.key);
    await ask(one);
    const plain = (pem: string | undefined) => pem?.replaceAll(/-----.*-----|\s/g, '');
    expect(api.requests.map(({ clientCertificate }) => plain(clientCertificate))).toEqual(
      [before, before, after].map(({ cert }) => plain(cert)),
    );
  });

  test('of an authority that are rotated decide over the next call, whatever connections there are', async () => {
    const caFile = await file('ca.crt', api.certificate);
    const one = connect(api.kubeConfig({}, caFile));
    await ask(one);
    await file('ca.crt', createCertificate().cert);
    await expect(ask(one)).rejects.toMatchObject({ name: 'TransportError' });
    await file('ca.crt', api.certificate);
    await ask(one);
    expect(api.requests).toHaveLength(2);
  });

  test('that are rotated leave a call alone that is under way', async () => {
    const caFile = await file('ca.crt', `${api.certificate}\n`);
    const answer = Promise.withResolvers<void>();
    api.on('GET', '/slow', async (exchange) => {
      await answer.promise;
      await json({ kind: 'Slow' })(exchange);
    });
    const one = connect(api.kubeConfig({}, caFile));
    const slow = one.request({ method: 'GET', path: '/slow' }, never);
    await api.received('GET', '/slow');
    await file('ca.crt', api.certificate);
    await ask(one);
    expect(api.connections).toBe(2);
    answer.resolve();
    expect(await slow).toEqual({ kind: 'Slow' });
  });
});

describe('credentials', () => {
  const counted = (apply: (reads: number) => Promise<string>) => {
    let reads = 0;
    const config = api.kubeConfig();
    config.addAuthenticator({
      isAuthProvider: () => true,
      applyAuthentication: async (_, options) => {
        options.headers = { ...options.headers, Authorization: await apply((reads += 1)) };
      },
    });
    return config;
  };
  const numbered = async (reads: number) => `Bearer ${reads}`;

  test('are read once for calls at the same time, and not again while they are fresh', async () => {
    const one = connect(counted(numbered), { credentialsTtlMs: 1_000_000 });
    await Promise.all([ask(one), ask(one), ask(one)]);
    await ask(one);
    expect(seen()).toEqual(['Bearer 1', 'Bearer 1', 'Bearer 1', 'Bearer 1']);
  });

  test('are read again by the first call after that', async () => {
    const one = connect(counted(numbered), AT_ONCE);
    await ask(one);
    await ask(one);
    expect(seen()).toEqual(['Bearer 1', 'Bearer 2']);
  });

  test('that cannot be got fail the calls that wait for them, and are tried again by the next', async () => {
    const one = connect(
      counted(async (reads) => {
        if (reads === 1) throw new Error('the vault is closed');
        return `Bearer ${reads}`;
      }),
    );
    const failed = await Promise.allSettled([ask(one), ask(one)]);
    expect(failed).toMatchObject(
      [1, 2].map(() => ({
        status: 'rejected',
        reason: { name: 'TransportError', cause: { message: 'the vault is closed' } },
      })),
    );
    await ask(one);
    expect(seen()).toEqual(['Bearer 2']);
  });

  test('that never come do not keep a call beyond its deadline', async () => {
    const one = connect(
      counted(() => Promise.withResolvers<string>().promise),
      { timeoutMs: 20 },
    );
    await expect(ask(one)).rejects.toMatchObject({ name: 'TransportError', cause: { name: 'TimeoutError' } });
    expect(seen()).toEqual([]);
  });
});

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

test('a kubeconfig with a proxy is rejected at once, without its password in the message', () => {
  const config = new KubeConfig();
  config.loadFromString(
    api.kubeConfig().exportConfig().replace('"server"', '"proxy-url":"http://jo:geheim@proxy:3128","server"'),
  );
  expect(config.getCurrentCluster()?.proxyUrl).toContain('proxy:3128');
  expect(() => connect(config)).toThrow(/^the kubeconfig has a proxy-url for cluster test: proxies are not supported$/);
});

/** What the API server saw of each call: who it came from. */
const seen = () => api.requests.map(({ headers }) => headers.authorization);

describe('Credentials in a request', () => {
  test.for<[string, Partial<User>, Record<string, string | undefined>]>([
    ['a token', { token: 'abc' }, { authorization: 'Bearer abc' }],
    ['a name and a password', { username: 'jo', password: 'x:y' }, { authorization: `Basic ${btoa('jo:x:y')}` }],
    ['no credentials', {}, { authorization: undefined }],
    [
      'a token, and the user to impersonate',
      { token: 'abc', impersonateUser: 'viewer' },
      { authorization: 'Bearer abc', 'impersonate-user': 'viewer' },
    ],
  ])('a request carries %s', async ([, user, headers]) => {
    await ask(connect(api.kubeConfig(user)));
    for (const [name, value] of Object.entries(headers)) expect(api.requests[0]?.headers[name]).toBe(value);
  });

  test('a request keeps the path prefix of the server', async () => {
    const config = api.kubeConfig();
    config.clusters = config.clusters.map((cluster) => ({ ...cluster, server: `${api.url}/clusters/7/` }));
    await ask(connect(config));
    expect(api.requests.map(({ path }) => path)).toEqual(['/clusters/7/api']);
  });

  test('a request without a current cluster fails, and says what to set', async () => {
    await expect(ask(connect(new KubeConfig()))).rejects.toMatchObject({
      name: 'TransportError',
      cause: { message: 'the kubeconfig has no current cluster: set current-context' },
    });
  });
});

describe('Credentials from a rotated token file', () => {
  const MINUTE_MS = 60_000;
  let tokenFile: string;

  beforeEach(async () => {
    vi.useFakeTimers({ toFake: ['Date', 'performance'] });
    tokenFile = await file('token', 'old');
  });

  const account = () => ({ authProvider: { name: 'tokenFile', config: { tokenFile } } });

  test('requests a minute later carry the new token, over the same connections', async () => {
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

  test('requests fail while the token file cannot be read', async () => {
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

describe('Credentials with certificates', () => {
  test('unchanged certificates keep the connections, however often they are read', async () => {
    const one = connect(api.kubeConfig());
    for (let call = 0; call < 10; call += 1) await ask(one);
    expect(api.connections).toBeLessThanOrEqual(2);
  });

  test('the next request shows a rotated client certificate', async () => {
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

  test('a rotated CA decides on the next request, whatever connections there are', async () => {
    const caFile = await file('ca.crt', api.certificate);
    const one = connect(api.kubeConfig({}, caFile));
    await ask(one);
    await file('ca.crt', createCertificate().cert);
    await expect(ask(one)).rejects.toMatchObject({ name: 'TransportError' });
    await file('ca.crt', api.certificate);
    await ask(one);
    expect(api.requests).toHaveLength(2);
  });

  test('a rotated certificate does not break a request in flight', async () => {
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

describe('Credentials', () => {
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

  test('concurrent requests read credentials once, and not again within their TTL', async () => {
    const one = connect(counted(numbered), { credentialsTtlMs: 1_000_000 });
    await Promise.all([ask(one), ask(one), ask(one)]);
    await ask(one);
    expect(seen()).toEqual(['Bearer 1', 'Bearer 1', 'Bearer 1', 'Bearer 1']);
  });

  test('the first request after the TTL reads credentials again', async () => {
    const one = connect(counted(numbered), AT_ONCE);
    await ask(one);
    await ask(one);
    expect(seen()).toEqual(['Bearer 1', 'Bearer 2']);
  });

  test('a failed read fails the requests that wait for it, and the next request tries again', async () => {
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

  test('a read that never ends does not hold a request beyond its deadline', async () => {
    const one = connect(
      counted(() => Promise.withResolvers<string>().promise),
      { timeoutMs: 20 },
    );
    await expect(ask(one)).rejects.toMatchObject({ name: 'TransportError', cause: { name: 'TimeoutError' } });
    expect(seen()).toEqual([]);
  });
});

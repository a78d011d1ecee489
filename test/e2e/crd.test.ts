import { beforeAll, describe, expect, test } from 'vitest';
import { apply, json, profile } from './shop.ts';
import { freshNamespace, kubectl } from './support.ts';

const target = { targetRef: { name: 'api' } };
const disabled = { ...target, probe: { policy: 'Disabled' } };
const database = { connectString: 'oracle:1521/FREEPDB1', credentialsSecretRef: { name: 'db' } };

let namespace: string;
beforeAll(async () => {
  namespace = await freshNamespace('crd');
});

describe('the validation of the CRD', () => {
  test.for<[string, string, object, RegExp]>([
    [
      'min above max',
      'p',
      { ...disabled, pool: { min: 50, max: 10 } },
      /spec\.pool: Invalid value: .*min must not be greater than max/,
    ],
    [
      'a min below the default max but above the given one',
      'p',
      { ...disabled, pool: { max: 3 } },
      /min must not be greater than max/,
    ],
    [
      'a max out of range',
      'p',
      { ...disabled, pool: { max: 2001 } },
      /spec\.pool\.max.*should be less than or equal to 2000/,
    ],
    [
      'a timeout of 0',
      'p',
      { ...disabled, pool: { timeoutSeconds: 0 } },
      /spec\.pool\.timeoutSeconds.*greater than or equal to 1/,
    ],
    [
      'a recycle of a few seconds',
      'p',
      { ...disabled, pool: { recycleSeconds: 5 } },
      /must be 0 \(never\) or at least 60 seconds/,
    ],
    ['a probe without a database', 'p', target, /database is required unless probe\.policy is Disabled/],
    [
      'no connect string',
      'p',
      { ...target, database: { credentialsSecretRef: { name: 'db' } } },
      /give exactly one of connectString and connectStringFrom/,
    ],
    [
      'two connect strings',
      'p',
      { ...target, database: { ...database, connectStringFrom: { secretKeyRef: { name: 'db', key: 'DSN' } } } },
      /give exactly one of connectString and connectStringFrom/,
    ],
    [
      'user and password in a connect string',
      'p',
      { ...target, database: { ...database, connectString: 'app/s3cr3t@oracle:1521/FREEPDB1' } },
      /spec\.database: Invalid value: (?!.*s3cr3t)connectString: write host:port\/service.*without user and password/,
    ],
    [
      'a name of 41 characters',
      'p'.repeat(41),
      disabled,
      /metadata\.name must be at most 40 characters and contain no dots/,
    ],
    ['a name with a dot', 'a.b', disabled, /metadata\.name must be at most 40 characters and contain no dots/],
    [
      'a kind that is not served',
      'p',
      { ...disabled, targetRef: { kind: 'StatefulSet', name: 'api' } },
      /supported values: "Deployment"/,
    ],
    ['an unknown field', 'p', { ...disabled, pools: {} }, /unknown field "spec\.pools"/],
  ])('the API server rejects %s, and says why', async ([, name, spec, message]) => {
    await expect(apply(namespace, profile(name, spec))).rejects.toThrow(message);
    expect((await json<{ items: unknown[] }>('get', '-n', namespace, 'dbpp')).items).toEqual([]);
  });
});

test('a field that is not given has its default', async () => {
  const given = { targetRef: { name: 'nobody' }, database };
  await apply(namespace, { ...profile('defaults', given), spec: given });
  const { spec } = await json<{ spec: object }>('get', '-n', namespace, 'dbpp', 'defaults');
  expect(spec).toEqual({
    targetRef: { kind: 'Deployment', name: 'nobody', adopt: false },
    pool: { min: 5, max: 40, timeoutSeconds: 30, recycleSeconds: 3600, poolsPerPod: 1 },
    probe: { policy: 'Required', intervalSeconds: 3600, timeoutSeconds: 60, maxConnections: 10, podLabels: {} },
    rollout: { onFailure: 'Rollback', debounceSeconds: 0, observeSeconds: 60 },
    onDelete: 'Retain',
    suspend: false,
    database: {
      ...database,
      credentialsSecretRef: { name: 'db', usernameKey: 'DB_USER', passwordKey: 'DB_PASSWORD' },
      sessions: { reserve: 20, policy: 'Warn' },
    },
  });
  await kubectl(['delete', '-n', namespace, 'dbpp', 'defaults']);
});

test('kubectl explain says what the settings mean and which values are recommended', async () => {
  const text = await kubectl(['explain', 'dbpoolprofile.spec.pool']);
  expect(text).toMatch(
    /max\s+<integer>\s+Maximum number of connections that each pool opens[\s\S]*Recommended:\s+20\s+to\s+200/,
  );
});

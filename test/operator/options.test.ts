import { hostname } from 'node:os';
import { describe, expect, test } from 'vitest';
import { readOptions } from '../../src/operator/options.ts';

const PROBE_IMAGE = 'dbpool-operator:1.2.3';

describe('readOptions', () => {
  test('only PROBE_IMAGE is required; everything else has a default', () => {
    expect(readOptions({ PROBE_IMAGE })).toEqual({
      probeImage: PROBE_IMAGE,
      imagePullSecret: undefined,
      maxConcurrentProbes: 10,
      namespaces: undefined,
      profileSelector: undefined,
      maxConcurrentRollouts: 1,
      crossNamespaceGroups: [],
      logLevel: 'info',
      healthPort: 8081,
      maxConcurrentReconciles: 16,
      podName: hostname(),
      podNamespace: 'dbpool-system',
    });
  });

  test('each variable sets its option, and unknown variables are ignored', () => {
    const probes = { PROBE_IMAGE, PROBE_IMAGE_PULL_SECRET: 'registry', MAX_CONCURRENT_PROBES: '1' };
    const scope = { WATCH_NAMESPACES: 'shop, search', PROFILE_SELECTOR: ' team in (a,b) ' };
    const rollouts = { MAX_CONCURRENT_ROLLOUTS: '3', CROSS_NAMESPACE_GROUPS: 'prod=shop|search:600' };
    const own = { LOG_LEVEL: 'debug', HEALTH_PORT: '0', MAX_CONCURRENT_RECONCILES: '256' };
    const pod = { POD_NAME: 'dbpool-operator-7d9f-x2x4q', POD_NAMESPACE: 'tools' };
    expect(readOptions({ ...probes, ...scope, ...rollouts, ...own, ...pod, HOME: '/', PATH: '/bin' })).toEqual({
      probeImage: PROBE_IMAGE,
      imagePullSecret: 'registry',
      maxConcurrentProbes: 1,
      namespaces: ['shop', 'search'],
      profileSelector: 'team in (a,b)',
      maxConcurrentRollouts: 3,
      crossNamespaceGroups: [{ name: 'prod', namespaces: ['shop', 'search'], limit: 600 }],
      logLevel: 'debug',
      healthPort: 0,
      maxConcurrentReconciles: 256,
      podName: 'dbpool-operator-7d9f-x2x4q',
      podNamespace: 'tools',
    });
  });

  test.for<[string, string | undefined, RegExp]>([
    ['PROBE_IMAGE', undefined, /PROBE_IMAGE: .*string.*, got undefined/],
    ['PROBE_IMAGE', '', /PROBE_IMAGE: .*, got ""/],
    ['LOG_LEVEL', 'loud', /LOG_LEVEL: .*"info".*, got "loud"/],
    ['LOG_LEVEL', '', /LOG_LEVEL: .*, got ""/],
    ['HEALTH_PORT', '', /HEALTH_PORT: expected a whole number, got ""/],
    ['HEALTH_PORT', ' ', /HEALTH_PORT: expected a whole number, got " "/],
    ['HEALTH_PORT', '80a', /HEALTH_PORT: expected a whole number, got "80a"/],
    ['HEALTH_PORT', '-1', /HEALTH_PORT: expected a whole number, got "-1"/],
    ['HEALTH_PORT', '0x50', /HEALTH_PORT: expected a whole number, got "0x50"/],
    ['HEALTH_PORT', '65536', /HEALTH_PORT: .*65535.*, got "65536"/],
    ['MAX_CONCURRENT_PROBES', '0', /MAX_CONCURRENT_PROBES: .*>=1.*, got "0"/],
    [
      'WATCH_NAMESPACES',
      'shop,Search',
      /: WATCH_NAMESPACES: expected names of namespaces, separated by commas, got "shop,Search"$/,
    ],
    ['WATCH_NAMESPACES', '*', /WATCH_NAMESPACES: .*, got "\*"/],
    ['MAX_CONCURRENT_ROLLOUTS', '0', /MAX_CONCURRENT_ROLLOUTS: .*>=1.*, got "0"/],
    [
      'CROSS_NAMESPACE_GROUPS',
      'one, two',
      /CROSS_NAMESPACE_GROUPS: expected GROUP=NAMESPACE\|NAMESPACE, .*, got "one, two"/,
    ],
    ['CROSS_NAMESPACE_GROUPS', 'prod=shop:no', /CROSS_NAMESPACE_GROUPS: expected GROUP=.*, got "prod=shop:no"/],
    ['POD_NAME', '', /POD_NAME: .*, got ""/],
    ['POD_NAMESPACE', '', /POD_NAMESPACE: .*, got ""/],
    ['MAX_CONCURRENT_RECONCILES', '0', /MAX_CONCURRENT_RECONCILES: .*>=1.*, got "0"/],
    ['MAX_CONCURRENT_RECONCILES', '1.5', /MAX_CONCURRENT_RECONCILES: expected a whole number, got "1.5"/],
    ['MAX_CONCURRENT_RECONCILES', '257', /MAX_CONCURRENT_RECONCILES: .*256.*, got "257"/],
    ['MAX_CONCURRENT_RECONCILES', 'Infinity', /MAX_CONCURRENT_RECONCILES: expected a whole number, got "Infinity"/],
  ])('%s of %j throws, and says what was expected', ([name, value, problem]) => {
    expect(() => readOptions({ PROBE_IMAGE, [name]: value })).toThrow(problem);
  });

  test('all bad variables are in one message', () => {
    expect(() => readOptions({ LOG_LEVEL: 'loud', MAX_CONCURRENT_RECONCILES: '0' })).toThrow(
      /PROBE_IMAGE.*LOG_LEVEL.*MAX_CONCURRENT_RECONCILES/,
    );
  });
});

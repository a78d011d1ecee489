/** A backend with three pods, and the Oracle stand-in as its database: for the change with probe and rollout. */
import { BACKEND, type ImageNames, STAND_IN } from '../test/bed/bed.ts';
import { Observer } from './cluster/observer.ts';
import type { PlainClient } from './cluster/plain-client.ts';
import { deployments, isReady, makeNamespace, profiles } from './shop.ts';

export const ROLLING = 'bench-rolling';
export const JOBS = `/apis/batch/v1/namespaces/${ROLLING}/jobs`;

const READY_MS = 180_000;

/** The security context of the probe's pod. */
const RESTRICTED = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  runAsNonRoot: true,
  capabilities: { drop: ['ALL'] },
  seccompProfile: { type: 'RuntimeDefault' },
};

/** A server that starts as fast as Node, and exits at SIGTERM. */
const PROGRAM = `
  const server = require('node:http').createServer((_, answer) => answer.end()).listen(8080);
  process.on('SIGTERM', () => process.exit());
`;

const deployment = (name: string, replicas: number, container: object): object => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name },
  spec: {
    replicas,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: { terminationGracePeriodSeconds: 1, containers: [{ name: 'app', ...container }] },
    },
  },
});

const backend = (name: string, image: string) =>
  deployment(name, 3, {
    image,
    command: ['node', '-e', PROGRAM],
    readinessProbe: { httpGet: { path: '/', port: 8080 }, periodSeconds: 1 },
  });

/** A Job that does nothing: the time that Kubernetes needs for any Job. */
export const emptyJob = (name: string, image: string): object => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name },
  spec: {
    backoffLimit: 0,
    template: {
      spec: {
        restartPolicy: 'Never',
        automountServiceAccountToken: false,
        containers: [{ name: 'probe', image, args: ['-e', '0'], securityContext: RESTRICTED }],
      },
    },
  },
});

/** Creates what is missing, and waits until the profile `api` is Ready for the first time. */
export async function deployRollingShop(client: PlainClient, images: ImageNames): Promise<void> {
  await makeNamespace(client, ROLLING);
  using seen = await Observer.start(client, deployments(ROLLING));
  using reports = await Observer.start(client, profiles(ROLLING));
  const settings = { users: { APP: { password: 'right' } }, services: ['FREEPDB1'] };
  const standIn = deployment('oracle', 1, {
    image: images[STAND_IN] ?? '',
    env: [{ name: 'ORACLE_STANDIN_SETTINGS', value: JSON.stringify(settings) }],
    readinessProbe: { tcpSocket: { port: 1521 }, periodSeconds: 1 },
  });
  const available = (name: string, count: number) =>
    seen.when(name, ({ status }) => (status as { availableReplicas?: number })?.availableReplicas === count, READY_MS);
  const deployed = [available('oracle', 1), available('api', 3), available('bare', 3)];
  await client.create(`/api/v1/namespaces/${ROLLING}/secrets`, {
    metadata: { name: 'db' },
    stringData: { DB_USER: 'APP', DB_PASSWORD: 'right' },
  });
  await client.create(`/api/v1/namespaces/${ROLLING}/services`, {
    metadata: { name: 'oracle' },
    spec: { selector: { app: 'oracle' }, ports: [{ name: 'tns', port: 1521 }] },
  });
  await client.create(deployments(ROLLING), standIn);
  for (const name of ['api', 'bare']) await client.create(deployments(ROLLING), backend(name, images[BACKEND] ?? ''));
  await Promise.all(deployed);
  const ready = reports.when('api', (object) => isReady(object, 1), READY_MS);
  await client.create(profiles(ROLLING), profile);
  await ready;
}

const profile = {
  apiVersion: 'dbpool.dev/v1alpha1',
  kind: 'DbPoolProfile',
  metadata: { name: 'api' },
  spec: {
    targetRef: { name: 'api' },
    pool: { min: 2, max: 40 },
    database: {
      connectString: `oracle.${ROLLING}.svc:1521/FREEPDB1`,
      credentialsSecretRef: { name: 'db' },
    },
    rollout: { observeSeconds: 0 },
  },
};

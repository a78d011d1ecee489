/** What a shop of the soak is made of: a backend that opens no pool, and the profile of its numbers, with a probe where wanted. */
import { RESOURCES } from '../../src/controller/watch/resources.ts';
import type { Resource } from '../../src/kube/types.ts';

export const SECRETS: Resource = { apiVersion: 'v1', kind: 'Secret', plural: 'secrets' };
export const SERVICES: Resource = { apiVersion: 'v1', kind: 'Service', plural: 'services' };

const SERVES = `require('node:http').createServer((_, answer) => answer.end()).listen(8080);
process.on('SIGTERM', () => process.exit());`;

export const namespaceNamed = (name: string) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });

/** Of the Oracle stand-in's user. */
export const credentials = (namespace: string) => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { namespace, name: 'db' },
  stringData: { DB_USER: 'APP', DB_PASSWORD: 'right' },
});

const proven = {
  probe: { timeoutSeconds: 20 },
  database: { connectString: 'oracle:1521/FREEPDB1', credentialsSecretRef: { name: 'db' } },
};

export const profile = (namespace: string, max: number, isProven: boolean) => ({
  apiVersion: RESOURCES.DbPoolProfile.apiVersion,
  kind: RESOURCES.DbPoolProfile.kind,
  metadata: { namespace, name: 'pool' },
  spec: {
    targetRef: { name: 'api' },
    pool: { max },
    rollout: { observeSeconds: 0 },
    ...(isProven ? proven : { probe: { policy: 'Disabled' } }),
  },
});

export const backend = (namespace: string, image: string, replicas: number) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { namespace, name: 'api' },
  spec: {
    replicas,
    revisionHistoryLimit: 2,
    selector: { matchLabels: { app: 'api' } },
    template: {
      metadata: { labels: { app: 'api' } },
      spec: {
        terminationGracePeriodSeconds: 1,
        containers: [
          {
            name: 'app',
            image,
            command: ['node', '-e', SERVES],
            readinessProbe: { httpGet: { path: '/', port: 8080 }, periodSeconds: 1 },
          },
        ],
      },
    },
  },
});

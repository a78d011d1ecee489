/** The Oracle stand-in (test/oracle) in a cluster: Deployment and Service `oracle`, with user APP and password `right`. */
export const standIn = (namespace: string, image: string) => ({
  deployment: {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { namespace, name: 'oracle' },
    spec: {
      selector: { matchLabels: { app: 'oracle' } },
      template: {
        metadata: { labels: { app: 'oracle' } },
        spec: {
          terminationGracePeriodSeconds: 1,
          containers: [
            {
              name: 'stand-in',
              image,
              env: [{ name: 'ORACLE_STANDIN_SETTINGS', value: JSON.stringify(SETTINGS) }],
              readinessProbe: { tcpSocket: { port: 1521 }, periodSeconds: 1 },
            },
          ],
        },
      },
    },
  },
  service: {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { namespace, name: 'oracle' },
    spec: {
      selector: { app: 'oracle' },
      ports: [
        { name: 'tns', port: 1521 },
        { name: 'control', port: 8080 },
      ],
    },
  },
});

const SETTINGS = { users: { APP: { password: 'right' } }, services: ['FREEPDB1'] };

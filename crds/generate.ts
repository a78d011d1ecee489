/**
 * Writes crds/dbpoolprofiles.yaml from the zod schema of src/api/v1alpha1.ts.
 * `node crds/generate.ts --check` writes nothing and fails where the committed file differs.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { GROUP, KIND, NAME_MAX, openApi, PLURAL, specSchema, statusSchema, VERSION } from '../src/api/v1alpha1.ts';

const FILE = join(import.meta.dirname, 'dbpoolprofiles.yaml');
const HEAD = '# Generated from src/api/v1alpha1.ts by `npm run crd`. Do not edit.\n';

const ready = (field: string) => `.status.conditions[?(@.type=="Ready")].${field}`;

const columns = [
  { name: 'Ready', type: 'string', jsonPath: ready('status') },
  { name: 'Reason', type: 'string', jsonPath: ready('reason') },
  { name: 'Min', type: 'integer', jsonPath: '.spec.pool.min' },
  { name: 'Max', type: 'integer', jsonPath: '.spec.pool.max' },
  { name: 'Running', type: 'string', jsonPath: '.status.current.summary', description: 'min-max that all pods run.' },
  { name: 'Target', type: 'string', jsonPath: '.spec.targetRef.name' },
  { name: 'Pods', type: 'string', jsonPath: '.status.pods.summary', description: 'Available pods, of all.' },
  { name: 'Updated', type: 'integer', jsonPath: '.status.pods.updated', description: 'Pods on the desired settings.' },
  {
    name: 'Peak',
    type: 'integer',
    jsonPath: '.status.budget.peakSessions',
    description: 'Sessions of this backend at the peak of a rollout.',
  },
  {
    name: 'Budget',
    type: 'string',
    jsonPath: '.status.budget.summary',
    description: 'Whether all backends of the database fit into its sessions.',
  },
  { name: 'Last Probe', type: 'date', jsonPath: '.status.probe.finishedAt' },
  { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  { name: 'Timeout', type: 'integer', jsonPath: '.spec.pool.timeoutSeconds', priority: 1 },
  { name: 'Recycle', type: 'integer', jsonPath: '.spec.pool.recycleSeconds', priority: 1 },
  { name: 'Hash', type: 'string', jsonPath: '.status.desired.hash', priority: 1 },
  { name: 'Message', type: 'string', jsonPath: ready('message'), priority: 1 },
];

const crd = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `${PLURAL}.${GROUP}` },
  spec: {
    group: GROUP,
    scope: 'Namespaced',
    names: {
      kind: KIND,
      listKind: `${KIND}List`,
      plural: PLURAL,
      singular: KIND.toLowerCase(),
      shortNames: ['dbpp'],
      categories: ['oracle'],
    },
    versions: [
      {
        name: VERSION,
        served: true,
        storage: true,
        subresources: { status: {} },
        additionalPrinterColumns: columns,
        schema: {
          openAPIV3Schema: {
            type: 'object',
            description:
              'The connection pool of a backend to its Oracle database. The operator renders the settings into a ConfigMap, tries them with a probe Job, and rolls them out once.',
            required: ['spec'],
            properties: {
              apiVersion: { type: 'string' },
              kind: { type: 'string' },
              metadata: { type: 'object' },
              spec: openApi(specSchema),
              status: openApi(statusSchema),
            },
            'x-kubernetes-validations': [
              {
                rule: `self.metadata.name.size() <= ${NAME_MAX} && !self.metadata.name.contains('.')`,
                message: `metadata.name must be at most ${NAME_MAX} characters and contain no dots: names of Jobs and labels are built from it`,
              },
            ],
          },
        },
      },
    ],
  },
};

const text = HEAD + stringify(crd, { lineWidth: 0, aliasDuplicateObjects: false });
if (process.argv.includes('--check')) {
  if (readFileSync(FILE, 'utf8') !== text) {
    console.error('crds/dbpoolprofiles.yaml differs from src/api/v1alpha1.ts: run `npm run crd` and commit it.');
    process.exitCode = 1;
  }
} else {
  writeFileSync(FILE, text);
}

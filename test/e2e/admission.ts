/** Admission policies of a namespace: what a mesh, a registry mirror or a strict administrator does to objects as they are written. */
import { OPERATOR_USER } from '../support/audit.ts';
import { apply } from './shop.ts';
import { kubectl, waitFor } from './support.ts';

const GROUP = 'admissionregistration.k8s.io/v1';

/** Takes the policies away again. */
export type Mend = () => Promise<void>;

const bindingOf = (kind: string, namespace: string, spec: object = {}) => ({
  apiVersion: GROUP,
  kind: `${kind}Binding`,
  metadata: { name: namespace },
  spec: {
    policyName: namespace,
    matchResources: { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } } },
    ...spec,
  },
});

const matching = (operation: string, resource: string, group = '') => ({
  resourceRules: [{ apiGroups: [group], apiVersions: ['v1'], operations: [operation], resources: [resource] }],
});

/** Changes pods with this label as they are made. Each patch holds the fields of a JSONPatch in CEL. */
export async function mutating(namespace: string, label: string, ...patches: readonly string[]): Promise<Mend> {
  const metadata = { name: 'asked', labels: { [label]: 'asked' } };
  const spec = { containers: [{ name: 'asked', image: 'as-it-was' }] };
  return rewriting(namespace, {
    matchConstraints: matching('CREATE', 'pods'),
    matchConditions: [{ name: 'label', expression: `'${label}' in object.metadata.?labels.orValue({})` }],
    patches,
    isChanged: async () => {
      const seen = await dryRun(namespace, { apiVersion: 'v1', kind: 'Pod', metadata, spec });
      const made = (JSON.parse(seen) as { spec: { containers: { image: string }[]; initContainers?: object[] } }).spec;
      return (
        made.containers.length > 1 || made.containers[0]?.image !== 'as-it-was' || made.initContainers !== undefined
      );
    },
  });
}

/** Stamps an annotation on the pod template of the Deployment `api` at each write. */
export const stamping = (namespace: string): Promise<Mend> =>
  rewriting(namespace, {
    matchConstraints: matching('UPDATE', 'deployments', 'apps'),
    patches: [
      'op: "add", path: "/spec/template/metadata/annotations", value: {"example.com/stamp": object.metadata.resourceVersion}',
    ],
    isChanged: async () => {
      const seen = await kubectl([
        'annotate',
        'deployment',
        'api',
        'asked=yes',
        '-n',
        namespace,
        '--dry-run=server',
        '-o',
        'json',
      ]);
      return seen.includes('example.com/stamp');
    },
  });

/** Stamps an annotation on the pod template of each Job. */
export const stampingJobs = (namespace: string): Promise<Mend> =>
  rewriting(namespace, {
    matchConstraints: matching('CREATE', 'jobs', 'batch'),
    patches: ['op: "add", path: "/spec/template/metadata/annotations", value: {"example.com/stamp": "stamped"}'],
    isChanged: async () => (await dryRun(namespace, job())).includes('example.com/stamp'),
  });

/** Replaces the image of each Job, as the mirror of a registry does. */
export const mirroring = (namespace: string, image: string): Promise<Mend> =>
  rewriting(namespace, {
    matchConstraints: matching('CREATE', 'jobs', 'batch'),
    patches: [`op: "replace", path: "/spec/template/spec/containers/0/image", value: "${image}"`],
    isChanged: async () => (await dryRun(namespace, job())).includes(image),
  });

function job(): object {
  const template = { spec: { restartPolicy: 'Never', containers: [{ name: 'asked', image: 'as-it-was' }] } };
  return { apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'asked' }, spec: { template } };
}

type Rewriting = {
  readonly matchConstraints: object;
  readonly matchConditions?: readonly object[];
  /** Each holds the fields of a JSONPatch in CEL. */
  readonly patches: readonly string[];
  /** Whether the API server changes what is written now. */
  readonly isChanged: () => Promise<boolean>;
};

async function rewriting(
  namespace: string,
  { matchConstraints, matchConditions = [], patches, isChanged }: Rewriting,
): Promise<Mend> {
  const expression = `[${patches.map((patch) => `JSONPatch{${patch}}`).join()}]`;
  const policy = {
    apiVersion: GROUP,
    kind: 'MutatingAdmissionPolicy',
    metadata: { name: namespace },
    spec: {
      matchConstraints,
      matchConditions,
      failurePolicy: 'Fail',
      reinvocationPolicy: 'Never',
      mutations: [{ patchType: 'JSONPatch', jsonPatch: { expression } }],
    },
  };
  await apply(namespace, policy, bindingOf('MutatingAdmissionPolicy', namespace));
  // The API server takes up policies after a while, and lets go of them after a while.
  const until = (what: string, isInForce: boolean) =>
    waitFor(what, async () => ((await isChanged()) === isInForce ? { done: true } : { last: String(!isInForce) }));
  await until('the policy to be in force', true);
  return async () => {
    await kubectl(['delete', 'mutatingadmissionpolicybinding,mutatingadmissionpolicy', namespace]);
    await until('the policy to be out of force', false);
  };
}

/** Refuses what the operator writes to Deployments, with this message. */
export async function refusing(namespace: string, message: string): Promise<Mend> {
  const policy = {
    apiVersion: GROUP,
    kind: 'ValidatingAdmissionPolicy',
    metadata: { name: namespace },
    spec: {
      matchConstraints: matching('UPDATE', 'deployments', 'apps'),
      matchConditions: [{ name: 'operator', expression: `request.userInfo.username == '${OPERATOR_USER}'` }],
      validations: [{ expression: 'false', message }],
    },
  };
  await apply(namespace, policy, bindingOf('ValidatingAdmissionPolicy', namespace, { validationActions: ['Deny'] }));
  return async () => {
    await kubectl(['delete', 'validatingadmissionpolicybinding,validatingadmissionpolicy', namespace]);
  };
}

const dryRun = (namespace: string, object: object): Promise<string> =>
  kubectl(['create', '-n', namespace, '-f', '-', '--dry-run=server', '-o', 'json'], { stdin: JSON.stringify(object) });

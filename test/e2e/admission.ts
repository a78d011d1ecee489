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
  const expression = `[${patches.map((patch) => `JSONPatch{${patch}}`).join()}]`;
  const policy = {
    apiVersion: GROUP,
    kind: 'MutatingAdmissionPolicy',
    metadata: { name: namespace },
    spec: {
      matchConstraints: matching('CREATE', 'pods'),
      matchConditions: [{ name: 'label', expression: `'${label}' in object.metadata.?labels.orValue({})` }],
      failurePolicy: 'Fail',
      reinvocationPolicy: 'Never',
      mutations: [{ patchType: 'JSONPatch', jsonPatch: { expression } }],
    },
  };
  await apply(namespace, policy, bindingOf('MutatingAdmissionPolicy', namespace));
  const metadata = { name: 'asked', labels: { [label]: 'asked' } };
  const spec = { containers: [{ name: 'asked', image: 'as-it-was' }] };
  // The API server takes up policies after a while, and lets go of them after a while.
  const until = (what: string, isInForce: boolean) =>
    waitFor(what, async () => {
      const seen = await dryRun(namespace, { apiVersion: 'v1', kind: 'Pod', metadata, spec });
      const made = (JSON.parse(seen) as { spec: { containers: { image: string }[]; initContainers?: object[] } }).spec;
      const isChanged =
        made.containers.length > 1 || made.containers[0]?.image !== 'as-it-was' || made.initContainers !== undefined;
      return isChanged === isInForce ? { done: true } : { last: seen };
    });
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

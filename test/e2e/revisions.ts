/** What the Deployment controller made of the templates of the backend `api`: its ReplicaSets, and their pods. */
import { json } from './shop.ts';
import { kubectl, PATIENTLY } from './support.ts';

export type ReplicaSet = {
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: {
    readonly replicas: number;
    readonly template: {
      readonly spec: { readonly containers: readonly { readonly env?: readonly { readonly name: string }[] }[] };
    };
  };
};
type Events = {
  readonly items: readonly { readonly involvedObject: { readonly name: string }; readonly count?: number }[];
};

export const replicaSetsOf = async (namespace: string): Promise<readonly ReplicaSet[]> =>
  (await json<{ items: readonly ReplicaSet[] }>('get', '-n', namespace, 'replicasets')).items;

const has = ({ spec }: ReplicaSet, variable: string): boolean =>
  spec.template.spec.containers[0]?.env?.some(({ name }) => name === variable) === true;

/** Pods that were ever made from a template without the variable; a ReplicaSet tells each pod that it makes by an event. */
export async function podsMadeWithout(namespace: string, variable: string): Promise<number> {
  const without = (await replicaSetsOf(namespace))
    .filter((one) => !has(one, variable))
    .map(({ metadata }) => metadata.name);
  const made = 'involvedObject.kind=ReplicaSet,reason=SuccessfulCreate';
  const { items } = await json<Events>('get', '-n', namespace, 'events', `--field-selector=${made}`);
  return items
    .filter(({ involvedObject }) => without.includes(involvedObject.name))
    .reduce((sum, { count = 1 }) => sum + count, 0);
}

/** Waits until all pods of the backend are those of its template. */
export const rolledOut = (namespace: string): Promise<string> =>
  kubectl(['rollout', 'status', '-n', namespace, 'deployment/api', PATIENTLY]);

/** Label selectors, as Kubernetes reads them. */

export type Selector = {
  readonly labels: Readonly<Record<string, string>>;
  readonly expressions: readonly {
    readonly key: string;
    readonly operator: string;
    readonly values: readonly string[];
  }[];
};

/** An object that selects pods: a Deployment, a Service or a PodDisruptionBudget. */
export type SelectorOwner = { readonly kind: string; readonly name: string; readonly selector: Selector };

/** Whether a selector matches a pod's labels. A selector without conditions matches every pod. */
export function matches({ labels, expressions }: Selector, pod: Readonly<Record<string, string>>): boolean {
  return (
    Object.entries(labels).every(([key, value]) => pod[key] === value) &&
    expressions.every((expression) => holds(expression, pod[expression.key]))
  );
}

function holds({ operator, values }: Selector['expressions'][number], value: string | undefined): boolean {
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    default:
      // An operator of a later Kubernetes: the other conditions of the selector decide.
      return true;
  }
}

/** A selector as the query `labelSelector` of a list has it. */
export const formatSelector = ({ labels, expressions }: Selector): string =>
  [
    ...Object.entries(labels).map(([key, value]) => `${key}=${value}`),
    ...expressions.map(({ key, operator, values }) => formatExpression(key, operator, values.join(','))),
  ].join(',');

function formatExpression(key: string, operator: string, values: string): string {
  switch (operator) {
    case 'Exists':
      return key;
    case 'DoesNotExist':
      return `!${key}`;
    default:
      return `${key} ${operator.toLowerCase()} (${values})`;
  }
}

/** The first object whose selector matches the pod's labels, but not `withoutAdded`; undefined where there is none. */
export function newlySelectedBy(
  owners: readonly SelectorOwner[],
  pod: Readonly<Record<string, string>>,
  withoutAdded: Readonly<Record<string, string>>,
): SelectorOwner | undefined {
  return owners.find(({ selector }) => matches(selector, pod) && !matches(selector, withoutAdded));
}

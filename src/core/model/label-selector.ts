/** Label selectors, as Kubernetes reads them. */

export type Selector = {
  readonly labels: Readonly<Record<string, string>>;
  readonly expressions: readonly {
    readonly key: string;
    readonly operator: string;
    readonly values: readonly string[];
  }[];
};

/** Who selects pods: "Deployment search-api", "Service api", "PodDisruptionBudget api". */
export type SelectorOwner = { readonly kind: string; readonly name: string; readonly selector: Selector };

/** A selector without conditions matches all. */
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
      // An operator that is not known yet: rather one refusal too many.
      return true;
  }
}

/** Who matches a pod by its labels, and would not without those that were added to it. */
export function newlySelectedBy(
  owners: readonly SelectorOwner[],
  pod: Readonly<Record<string, string>>,
  withoutAdded: Readonly<Record<string, string>>,
): SelectorOwner | undefined {
  return owners.find(({ selector }) => matches(selector, pod) && !matches(selector, withoutAdded));
}

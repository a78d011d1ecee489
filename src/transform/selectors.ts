/** Which pods a Deployment, a Service or a PodDisruptionBudget selects. */
import type { Selector, SelectorOwner } from '../core/model/label-selector.ts';
import type { Deployment, KubeObject } from '../kube/types.ts';
import { asDisruptionBudget, asService } from './kinds.ts';

type LabelSelector = NonNullable<Deployment['spec']>['selector'];

export function selectorOf(selector: LabelSelector | undefined): Selector {
  return {
    labels: selector?.matchLabels ?? {},
    expressions: (selector?.matchExpressions ?? []).map(({ key, operator, values = [] }) => ({
      key,
      operator,
      values,
    })),
  };
}

/** A Service without a selector selects no pod: its endpoints are managed elsewhere. */
export function transformService(object: KubeObject): SelectorOwner {
  const { metadata, spec } = asService(object);
  return {
    kind: 'Service',
    name: metadata?.name ?? '',
    selector:
      spec?.selector === undefined
        ? { labels: {}, expressions: [{ key: metadata?.name ?? '', operator: 'In', values: [] }] }
        : { labels: spec.selector, expressions: [] },
  };
}

export function transformDisruptionBudget(object: KubeObject): SelectorOwner {
  const { metadata, spec } = asDisruptionBudget(object);
  return {
    kind: 'PodDisruptionBudget',
    name: metadata?.name ?? '',
    selector: selectorOf(spec?.selector),
  };
}

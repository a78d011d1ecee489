/** What the probe takes over from its backend's pod template, and who else selects pods by their labels. */
import type { Selector, SelectorOwner } from '../core/model/label-selector.ts';
import type { JsonValue } from '../core/model/json.ts';
import type { ObservedPlacement } from '../core/model/observed.ts';
import type { Deployment, KubeObject, PodDisruptionBudget, Service } from '../kube/types.ts';

type PodSpec = NonNullable<Deployment['spec']>['template']['spec'];
type LabelSelector = NonNullable<Deployment['spec']>['selector'];

/**
 * How the backend's pods come to a node and find others. Not their priority, nor what keeps them away from each other:
 * where there is one on each node, no node would be left for the probe.
 */
export function placementOf(spec: PodSpec): ObservedPlacement {
  const { nodeSelector, affinity, tolerations, hostAliases, dnsPolicy, dnsConfig, runtimeClassName } = spec ?? {};
  const { nodeAffinity, podAffinity } = affinity ?? {};
  const near = present({ nodeAffinity, podAffinity });
  return present({
    nodeSelector,
    affinity: Object.keys(near).length === 0 ? undefined : near,
    tolerations,
    hostAliases,
    dnsPolicy,
    dnsConfig,
    runtimeClassName,
  });
}

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

/** One without a selector selects nothing: its endpoints are somebody else's. */
export function projectService(object: KubeObject): SelectorOwner & { readonly namespace: string } {
  const { metadata, spec } = object as Service;
  return {
    namespace: metadata?.namespace ?? '',
    kind: 'Service',
    name: metadata?.name ?? '',
    selector:
      spec?.selector === undefined
        ? { labels: {}, expressions: [{ key: metadata?.name ?? '', operator: 'In', values: [] }] }
        : { labels: spec.selector, expressions: [] },
  };
}

export function projectDisruptionBudget(object: KubeObject): SelectorOwner & { readonly namespace: string } {
  const { metadata, spec } = object as PodDisruptionBudget;
  return {
    namespace: metadata?.namespace ?? '',
    kind: 'PodDisruptionBudget',
    name: metadata?.name ?? '',
    selector: selectorOf(spec?.selector),
  };
}

/** The fields that are there; all of them are plain JSON, as they came from the API server. */
function present(fields: Readonly<Record<string, unknown>>): ObservedPlacement {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([name, value]) => (value === undefined ? [] : [[name, value as JsonValue]])),
  );
}

/** From a ConfigMap of pool settings to ObservedConfigMap: its data, its state in the annotations, and who owns it. */
import { parseState } from '../core/model/config-state.ts';
import { isConfigMapNameOf, LABEL, LOGON_RESULTS_NAME, type OwnerReference, SALT_NAME } from '../core/model/naming.ts';
import type { ObservedConfigMap } from '../core/model/observed.ts';
import { VARIABLES } from '../core/model/variables.ts';
import type { KubeObject } from '../kube/types.ts';
import { asConfigMap } from './kinds.ts';
import type { Labelled } from './metadata.ts';

/** Undefined for a ConfigMap of no name that the operator gives: anybody may set its label. */
export function transformConfigMap(object: KubeObject): Labelled<ObservedConfigMap> | undefined {
  const { metadata, immutable, data = {} } = asConfigMap(object);
  const { name = '', labels } = metadata ?? {};
  const profile = labels?.[LABEL.profile] ?? '';
  const isShared = name === SALT_NAME || name === LOGON_RESULTS_NAME;
  if (!isShared && !isConfigMapNameOf(profile, name)) return undefined;
  return {
    namespace: metadata?.namespace ?? '',
    profile,
    name,
    uid: metadata?.uid ?? '',
    state: isShared ? {} : parseState(metadata?.annotations),
    resourceVersion: metadata?.resourceVersion ?? '',
    immutable: immutable ?? false,
    data: isShared ? sharedData(name, data) : settingsIn(data),
    owners: (metadata?.ownerReferences ?? []).map(({ apiVersion, kind, name: owner, uid }): OwnerReference => ({
      apiVersion,
      kind,
      name: owner,
      uid,
    })),
  };
}

type Data = Readonly<Record<string, string>>;

/** Characters of a value that is read: a whole number of at most nine digits. */
const MAX_VALUE = 16;

/** The pool settings. Data that differ from ours still differ: of the other keys, one without its value stands for all. */
function settingsIn(data: Data): Data {
  const known = VARIABLES.flatMap((name) => {
    const value = Object.hasOwn(data, name) ? data[name] : undefined;
    return value === undefined ? [] : [[name, value.slice(0, MAX_VALUE)] as const];
  });
  const hasOthers = Object.keys(data).length > known.length;
  return { ...Object.fromEntries(known), ...(hasOthers && { [OTHER_KEYS]: '' }) };
}

/** No variable of a pool. */
const OTHER_KEYS = '...';

/** Keys of the logon results are hashes. The salt is for the probes: the operator never reads it. */
const RESULTS_KEY = /^[0-9a-f]{1,64}$/;

/** Characters of the results of one connect string, and their number: more than the operator writes. */
const MAX_RESULTS = 8192;
const MAX_KEYS = 128;

function sharedData(name: string, data: Data): Data {
  if (name === SALT_NAME) return {};
  const isResult = ([key, value]: readonly [string, string]) => RESULTS_KEY.test(key) && value.length <= MAX_RESULTS;
  return Object.fromEntries(Object.entries(data).filter(isResult).slice(0, MAX_KEYS));
}

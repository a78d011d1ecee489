/** What the operator may do for a profile, by intent. Only controller/act knows which HTTP request each action is. */

import type { Selector } from './label-selector.ts';
import type { LastAppliedEdit } from './last-applied.ts';

/** An object as it is sent to the API server: only the fields that the operator sets. */
export type KubeObject = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly namespace: string;
    readonly name: string;
    readonly uid?: string;
    readonly resourceVersion?: string;
    readonly [key: string]: unknown;
  };
  readonly [key: string]: unknown;
};

/** One operation of a JSON patch (RFC 6902). */
export type PatchOperation =
  | { readonly op: 'test'; readonly path: string; readonly value: string }
  | { readonly op: 'replace'; readonly path: string; readonly value: string }
  | { readonly op: 'remove'; readonly path: string };

/** Connections that each pool of the backend may open afterwards; undefined where that is unknown. */
type Max = number | undefined;

/**
 * An action that changes or deletes an observed object carries its resourceVersion, and its uid where the name may be reused:
 * a second or late writer gets a conflict.
 */
export type Action =
  /** Creates the ConfigMap of a configuration, with its state. Fails where the name is taken. */
  | { readonly kind: 'renderConfig'; readonly object: KubeObject }
  /** Writes the state of a configuration, and its ConfigMap's owner references. */
  | { readonly kind: 'recordState'; readonly object: KubeObject }
  /** Deletes the ConfigMap of a configuration that no pod or ReplicaSet refers to. */
  | { readonly kind: 'collectConfig'; readonly object: KubeObject; readonly selector: Selector }
  /** Creates the salt of the namespace's fingerprints. Fails where it exists. */
  | { readonly kind: 'createSalt'; readonly object: KubeObject }
  /** Writes the results of logons, for all probes of the namespace. */
  | { readonly kind: 'recordLogonResults'; readonly object: KubeObject }
  /** Creates the Job of a probe. `credentialsKey` is a hash of the Secret and the connect string with which it logs on. */
  | { readonly kind: 'startProbe'; readonly object: KubeObject; readonly credentialsKey: string | undefined }
  | { readonly kind: 'deleteProbe'; readonly object: KubeObject }
  /** Points the pod template at a ConfigMap. `force` takes fields over from other field managers. */
  | { readonly kind: 'rollOut'; readonly object: KubeObject; readonly max: Max; readonly force: boolean }
  /** Restores the variables from before the profile, whichever field managers own them now. */
  | { readonly kind: 'restoreTemplate'; readonly object: KubeObject; readonly max: Max }
  /** Takes variables of a container out of the annotation of client-side apply, or puts them back. */
  | { readonly kind: 'editLastApplied'; readonly object: KubeObject; readonly edit: LastAppliedEdit }
  /** Removes the operator's entries from the Deployment's managedFields. */
  | { readonly kind: 'disown'; readonly object: KubeObject; readonly operations: readonly PatchOperation[] }
  /** Adds the operator's finalizer to the profile, or removes it, whoever wrote it. Other finalizers stay. */
  | { readonly kind: 'setFinalizer'; readonly object: KubeObject };

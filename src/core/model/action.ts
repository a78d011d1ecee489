/** What may be done about a profile, by intent. Only controller/act knows which HTTP request each one is. */

/** An object as it is sent to the API server: only the fields that are ours. */
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
  | { readonly op: 'remove'; readonly path: string };

/** Connections that each pool of the backend may open afterwards; undefined where nobody knows. */
type Max = number | undefined;

/**
 * Whatever changes or deletes an object that was observed carries its resourceVersion, and its uid where that matters: a
 * second or late writer gets a conflict.
 */
export type Action =
  /** Makes the ConfigMap of a configuration, with its state; fails where the name is taken. */
  | { readonly kind: 'renderConfig'; readonly object: KubeObject }
  /** Writes the state of a configuration, and who owns its ConfigMap, on the ConfigMap. */
  | { readonly kind: 'recordState'; readonly object: KubeObject }
  /** Deletes the ConfigMap of a configuration that nobody refers to any more. */
  | { readonly kind: 'collectConfig'; readonly object: KubeObject }
  /** Makes the salt of the namespace's fingerprints; fails where it is there. */
  | { readonly kind: 'createSalt'; readonly object: KubeObject }
  /** Writes what databases answered to credentials, for all probes of the namespace. */
  | { readonly kind: 'recordLogonResults'; readonly object: KubeObject }
  /** Makes a probe's Job. `credentialsKey` stands for the Secret and the connect string with which it logs on. */
  | { readonly kind: 'startProbe'; readonly object: KubeObject; readonly credentialsKey: string | undefined }
  | { readonly kind: 'deleteProbe'; readonly object: KubeObject }
  /** Points the pod template at a ConfigMap. `force` takes fields from other managers: they are ours, or the profile says `adopt`. */
  | { readonly kind: 'rollOut'; readonly object: KubeObject; readonly max: Max; readonly force: boolean }
  /** Puts back what the variables held before the profile, whoever has had a hand in them since. */
  | { readonly kind: 'restoreTemplate'; readonly object: KubeObject; readonly max: Max }
  /** Takes our entries out of the Deployment's managedFields. */
  | { readonly kind: 'disown'; readonly object: KubeObject; readonly operations: readonly PatchOperation[] }
  /** Puts our finalizer on the profile, or takes it off. */
  | { readonly kind: 'setFinalizer'; readonly object: KubeObject };

/**
 * What all objects have in common: names, owners, times, numbers in annotations. Every transform is total: it yields a value for any
 * object, with a default for each missing field. Fields that a transform does not name are not held in memory. (The
 * linter's limit of complexity is off in this folder: each `??` counts as a branch, and there is no other logic.)
 */
import { YEAR_9999 } from '../core/model/time.ts';
import type { ObjectMeta } from '../kube/types.ts';

/** A value together with its namespace and the profile that its label names. */
export type Labelled<T> = T & { readonly namespace: string; readonly profile: string };

export const identityOf = (metadata: ObjectMeta | undefined) => ({
  namespace: metadata?.namespace ?? '',
  name: metadata?.name ?? '',
  uid: metadata?.uid ?? '',
});

/** uid of the owner that controls the object; undefined where there is none. */
export const controllerUid = (metadata: ObjectMeta | undefined) =>
  metadata?.ownerReferences?.find(({ controller }) => controller === true)?.uid;

/** Milliseconds since the epoch, before the year 9999; 0 where there is no time, or none that can be read. */
export const milliseconds = (time: string | undefined): number =>
  time === undefined ? 0 : Math.min(YEAR_9999, Math.max(0, Date.parse(time) || 0));

/** Written by the Deployment controller, on the Deployment and on its ReplicaSets. */
export const REVISION = 'deployment.kubernetes.io/revision';

/** 0 where the text is no whole number. */
export const wholeNumber = (text: string | undefined): number => (/^\d{1,15}$/.test(text ?? '') ? Number(text) : 0);

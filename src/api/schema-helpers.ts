/** What several fields of the spec use: names of objects, keys, and CEL rules. */
import * as z from 'zod';

/** CEL rules, each with its message: the API server rejects objects that break one. */
export const cel = (...rules: readonly (readonly [rule: string, message: string])[]) => ({
  'x-kubernetes-validations': rules.map(([rule, message]) => ({ rule, message })),
});

export const objectName = z
  .string()
  .min(1)
  .max(253)
  .regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/);
export const containerName = z
  .string()
  .min(1)
  .max(63)
  .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/);
export const dataKey = z
  .string()
  .min(1)
  .max(253)
  .regex(/^[-._a-zA-Z0-9]+$/);

export const keyRef = z.object({
  name: objectName.describe('Name of the object, in the namespace of the profile.'),
  key: dataKey.describe('Key in its data.'),
});

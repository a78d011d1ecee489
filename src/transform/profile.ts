/** From a DbPoolProfile to ObservedProfile. A spec that the schema rejects becomes a problem to report; such a status counts as empty. */
import * as z from 'zod';
import { ANNOTATION } from '../core/model/naming.ts';
import type { ObservedProfile } from '../core/model/observed.ts';
import type { KubeObject } from '../kube/types.ts';
import { cutText, specSchema, statusSchema } from '../api/v1alpha1.ts';
import { asProfile } from './kinds.ts';
import { specChangedAt } from './managed-fields.ts';
import { identityOf, milliseconds } from './metadata.ts';

export function transformProfile(object: KubeObject): ObservedProfile {
  const { metadata } = asProfile(object);
  const { spec, status } = object as { readonly spec?: unknown; readonly status?: unknown };
  const parsed = specSchema.safeParse(spec, { reportInput: true });
  return {
    ...identityOf(metadata),
    resourceVersion: metadata?.resourceVersion ?? '',
    generation: metadata?.generation ?? 0,
    createdAt: milliseconds(metadata?.creationTimestamp),
    specChangedAt: specChangedAt(metadata),
    isDeleting: metadata?.deletionTimestamp !== undefined,
    finalizers: metadata?.finalizers ?? [],
    probeRequestedAt: requestOf(metadata?.annotations?.[ANNOTATION.probeRequestedAt]),
    retryRequestedAt: requestOf(metadata?.annotations?.[ANNOTATION.retryRequestedAt]),
    rollbackRequestedAt: requestOf(metadata?.annotations?.[ANNOTATION.rollbackRequestedAt]),
    spec: parsed.success
      ? { kind: 'valid', spec: parsed.data }
      : {
          kind: 'invalid',
          target: targetSchema.safeParse(spec).data?.targetRef.name,
          problem: parsed.error.issues.slice(0, 5).map(problemOf).join('; '),
        },
    status: statusSchema.safeParse(status).data ?? {},
  };
}

/** Characters of a problem: a key may be as long as an object. */
const MAX_PROBLEM = 500;

/** Names the field, what the schema expects and what the field holds. Values below `database` are left out: a connect string may hold a password. */
function problemOf({ path, message, input }: z.core.$ZodIssue): string {
  const isShown = ['string', 'number', 'boolean'].includes(typeof input) && path[0] !== 'database';
  const text = `spec.${path.join('.')}: ${message}${isShown ? `, got ${JSON.stringify(input).slice(0, 100)}` : ''}`;
  return cutText(text, MAX_PROBLEM);
}

/** The only part of an invalid spec that is read: the Deployment, which a deletion must be able to restore. */
const targetSchema = z.object({ targetRef: z.object({ name: z.string().max(253) }) });

/** The value of a request annotation, cut to the length that the status has room for; undefined where there is none. */
const requestOf = (text: unknown): string | undefined => (typeof text === 'string' ? cutText(text, 256) : undefined);

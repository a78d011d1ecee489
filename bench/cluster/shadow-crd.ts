/**
 * A copy of the profiles' CRD under another group, for the baseline. A write of a shadow profile costs the API server as much
 * as a write of a profile, with schema and rules, and no operator watches it. Only the admission policy with its warnings
 * does not apply.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { Run } from '../../test/runner/run.ts';
import { kubectl } from '../../test/bed/bed.ts';
import { SHADOW_GROUP, shadowProfiles } from '../shop.ts';
import type { PlainClient } from './plain-client.ts';

const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const SHADOW_CRD = `dbpoolprofiles.${SHADOW_GROUP}`;
const DELETE = ['delete', 'crd', SHADOW_CRD, '--ignore-not-found'];
const SERVED_MS = 60_000;

/** Replaces an existing one. Resolves once the API server serves it. */
export async function createShadowCrd(run: Run, node: string, client: PlainClient): Promise<void> {
  await kubectl(run, node, [...DELETE, '--timeout=300s']);
  const { spec } = await client.get(`${CRDS}/dbpoolprofiles.dbpool.dev`);
  const shadow = { metadata: { name: SHADOW_CRD }, spec: { ...(spec as object), group: SHADOW_GROUP } };
  await client.create(CRDS, { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', ...shadow });
  const endAt = performance.now() + SERVED_MS;
  for (;;) {
    try {
      return void (await client.versionOf(shadowProfiles('default')));
    } catch (error) {
      if (performance.now() > endAt) throw error;
      await pause(200, undefined, { signal: run.signal });
    }
  }
}

/** With all of its objects. Does not wait until they are gone. */
export async function deleteShadowCrd(run: Run, node: string): Promise<void> {
  await kubectl(run, node, [...DELETE, '--wait=false']);
}

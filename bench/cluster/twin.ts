/**
 * The profiles' CRD once more under another group, for the floor: to write one costs the API server what it costs to write a
 * profile, schema and rules included, and no operator hears of it. Only the policy with the advice is not asked.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { Run } from '../../test/runner/run.ts';
import { kubectl } from '../../test/bed/bed.ts';
import { TWIN_GROUP, twins } from '../shop.ts';
import type { PlainClient } from './plain-client.ts';

const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const TWIN = `dbpoolprofiles.${TWIN_GROUP}`;
const DELETE = ['delete', 'crd', TWIN, '--ignore-not-found'];
const SERVED_MS = 60_000;

/** Makes it anew. Resolves once the API server serves it. */
export async function makeTwin(run: Run, node: string, client: PlainClient): Promise<void> {
  await kubectl(run, node, [...DELETE, '--timeout=300s']);
  const { spec } = await client.get(`${CRDS}/dbpoolprofiles.dbpool.dev`);
  const twin = { metadata: { name: TWIN }, spec: { ...(spec as object), group: TWIN_GROUP } };
  await client.create(CRDS, { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', ...twin });
  const endAt = performance.now() + SERVED_MS;
  for (;;) {
    try {
      return void (await client.versionOf(twins('default')));
    } catch (error) {
      if (performance.now() > endAt) throw error;
      await pause(200, undefined, { signal: run.signal });
    }
  }
}

/** With all of its objects; they may take a while, for which nobody waits. */
export async function removeTwin(run: Run, node: string): Promise<void> {
  await kubectl(run, node, [...DELETE, '--wait=false']);
}

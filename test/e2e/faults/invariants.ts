/** What holds after every fault, judged by the API server alone: its objects, and its audit log. */
import { expect } from 'vitest';
import { isDocumented } from '../../faults/documented.ts';
import { countBy, isTemplateWrite, isUnansweredTemplateWrite } from '../../support/audit.ts';
import { backend, json, ready, type Status, templateWrites } from '../shop.ts';
import { auditOfOperator } from '../support.ts';

export type Settled = {
  readonly namespace: string;
  /** The numbers that were asked for last. */
  readonly max: number;
  /** How often other numbers than before were asked for, the first time included. */
  readonly transitions: number;
};

/** The profile `pool` says so, its backend `api` runs so, and each transition was one write: none lost, none twice. */
export async function expectSettled({ namespace, max, transitions }: Settled): Promise<Status> {
  const status = await ready(namespace, 'pool', 'Ready');
  expect(status.current).toMatchObject({ max });
  const { metadata, spec } = await backend(namespace, 'api');
  const variable = spec.template.spec.containers[0]?.env?.find(({ name }) => name === 'DB_POOL_MAX');
  const source = String(variable?.valueFrom?.configMapKeyRef?.name);
  expect(await json('get', '-n', namespace, 'configmap', source)).toMatchObject({ data: { DB_POOL_MAX: String(max) } });
  expect(metadata.generation).toBe(1 + transitions);
  const asked = await auditOfOperator(namespace);
  const done = asked.filter(isTemplateWrite).length;
  expect(done).toBeLessThanOrEqual(transitions);
  // Whoever was killed in a write was not answered: by the Deployment's generation it is done.
  expect(done + asked.filter(isUnansweredTemplateWrite).length).toBeGreaterThanOrEqual(transitions);
  return status;
}

/** The same for a time in which the API server died: what it did at its last moment, it did not write into its log. */
export async function expectSettledWithoutLog({ namespace, max, transitions }: Settled): Promise<void> {
  const status = await ready(namespace, 'pool', 'Ready');
  expect(status.current).toMatchObject({ max });
  expect((await backend(namespace, 'api')).metadata.generation).toBe(1 + transitions);
  expect(await templateWrites(namespace)).toBeLessThanOrEqual(transitions);
}

/** Nothing but what is documented was asked for, whatever came of it: no Secret, and no read of a single object. */
export async function expectNothingElseAsked(since: number): Promise<void> {
  const asked = (await auditOfOperator()).filter(({ at }) => at >= since);
  const others = asked.filter((request) => !isDocumented(request));
  expect(Object.fromEntries(countBy(others, ({ verb, resource }) => `${verb} ${resource}`))).toEqual({});
  expect(asked.length).toBeGreaterThan(0);
}

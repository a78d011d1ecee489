/** One whole change in which the operator dies or is stopped at each of its writes. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { arm, disarm, type Failpoint, isArmed, withFailpoints, withoutFailpoints } from '../../faults/failpoints.ts';
import { pidsWith, signal } from '../../faults/node.ts';
import { freeLease, leader, operatorPid } from '../../faults/operator-pods.ts';
import { auditOfOperator, freshNamespace, NODE, run, waitFor } from '../support.ts';
import { RIGHT, statusOf, wanted } from '../probe-shop.ts';
import { apply, database, json, plainBackend, secret, unproven } from '../shop.ts';
import { expectNothingElseAsked, expectSettled } from './invariants.ts';

const node = { run, name: NODE };

/**
 * A change has no fewer writes than this, or the test has not seen one: the new ConfigMap, the template, the records that the
 * rollout is complete and that it succeeded, the deletion of the old ConfigMap, and one status. How many more statuses there
 * are depends on how far the pods are at each pass.
 */
const LEAST_WRITES = 6;

/** Milliseconds after the end of a change in which what is left of it is done. */
const AFTERWARDS_MS = 3000;

const FIRST_MAX = 20;

const NEVER_SENT = 'never sent';

/** Configurations that stay: the one in use, and the one before it that was good. */
const KEPT = 2;

/** A backend whose profile was asked for other numbers so and so often, one more each time. */
class Changes {
  readonly namespace: string;
  readonly #wanted: (max: number) => object;
  #max = FIRST_MAX - 1;

  private constructor(namespace: string, wanted: (max: number) => object) {
    this.namespace = namespace;
    this.#wanted = wanted;
  }

  /** With `proven`, each change is proven by a probe before its roll. */
  static async begin(purpose: string, proof: 'proven' | 'unproven'): Promise<Changes> {
    const namespace = await freshNamespace(purpose);
    // No former template needs its configuration any more, so each change but the first ones ends with a deletion.
    await apply(namespace, plainBackend('api', { replicas: 1, deployment: { revisionHistoryLimit: 0 } }));
    if (proof === 'proven') await Promise.all([database(namespace), apply(namespace, secret('db', RIGHT))]);
    const changes = new Changes(namespace, (max) =>
      proof === 'proven' ? wanted('pool', { pool: { max } }) : unproven({ max }),
    );
    for (let times = 0; times < KEPT; times += 1) {
      await changes.ask();
      await changes.expectSettled();
    }
    return changes;
  }

  async ask(): Promise<void> {
    this.#max += 1;
    await apply(this.namespace, this.#wanted(this.#max));
  }

  /** Exactly one template write for each change. */
  async expectSettled(): Promise<void> {
    const { namespace } = this;
    await expectSettled({ namespace, max: this.#max, transitions: this.#max - FIRST_MAX + 1 });
  }

  /** The same, and no configuration is left that nobody needs. */
  async expectDone(): Promise<void> {
    const { namespace } = this;
    await this.expectSettled();
    await waitFor(`${KEPT} configurations to be left in ${namespace}`, async () => {
      type Names = { readonly items: readonly { readonly metadata: { readonly name: string } }[] };
      const { items } = await json<Names>('get', '-n', namespace, 'configmaps', '-l', 'dbpool.dev/profile=pool');
      return items.length === KEPT ? { done: true } : { last: items.map(({ metadata }) => metadata.name).join(', ') };
    });
  }

  /** Asks for other numbers with the failpoint armed; resolves with the pod that reached it, undefined where none did. */
  async askArmed(failpoint: Pick<Failpoint, 'signal' | 'at' | 'left'>): Promise<string | undefined> {
    const { namespace } = this;
    const pod = await leader(node);
    await arm(node, pod, { namespace, ...failpoint });
    await this.ask();
    let doneAt = Number.POSITIVE_INFINITY;
    return waitFor(`the failpoint in ${pod}, or the end of the change`, async () => {
      if (!(await isArmed(node, pod))) return { done: pod };
      const status = await statusOf(namespace, 'pool');
      const isDone = status?.lastGood?.max === this.#max && status.conditions?.[0]?.reason === 'Ready';
      doneAt = isDone ? Math.min(doneAt, performance.now()) : Number.POSITIVE_INFINITY;
      if (performance.now() < doneAt + AFTERWARDS_MS) return { last: JSON.stringify(status?.conditions?.[0]) };
      await disarm(node, pod);
      return { done: undefined };
    });
  }
}

beforeAll(() => withFailpoints(node));
afterAll(() => withoutFailpoints(node));

describe('a write at which the operator', () => {
  test.for([
    ['before', 'proven'],
    ['sent', 'unproven'],
  ] as const)('an operator that is killed at each write of a change (%s, %s) loses nothing', async ([at, proof]) => {
    const since = Date.now();
    const changes = await Changes.begin(`kill-${at}`, proof);
    let writes = 0;
    while ((await changes.askArmed({ signal: 'SIGKILL', at, left: writes + 1 })) !== undefined) {
      writes += 1;
      await freeLease(node);
      await changes.expectDone();
    }
    await changes.expectDone();
    console.log(`killed at each of the ${writes} writes of a change (${at})`);
    expect(writes).toBeGreaterThanOrEqual(LEAST_WRITES);
    await expectNothingElseAsked(since);
  });

  test('an operator that is stopped at each write of a change does no harm when it continues', async () => {
    const since = Date.now();
    const changes = await Changes.begin('freeze', 'unproven');
    const late: string[] = [];
    for (;;) {
      const pod = await changes.askArmed({ signal: 'SIGSTOP', at: 'before', left: late.length + 1 });
      if (pod === undefined) break;
      const pid = await operatorPid(node, pod);
      await freeLease(node);
      await leader(node, pod);
      await changes.expectDone();
      await changes.ask();
      await changes.expectDone();
      late.push(await lateWriteOf(pod, pid, changes.namespace));
      await changes.expectDone();
    }
    await changes.expectDone();
    console.log(`stopped before each of ${late.length} writes; what came of them later:\n${late.join('\n')}`);
    expect(late.length).toBeGreaterThanOrEqual(LEAST_WRITES);
    expect(late.filter((write) => write !== NEVER_SENT).length).toBeGreaterThanOrEqual(LEAST_WRITES / 2);
    expect(late).not.toContain('patch deployments: 200');
    await expectNothingElseAsked(since);
  });
});

/**
 * Lets the stopped process go on, and tells what the API server said to its write: `patch deployments: 409`. Where the
 * server has closed the connection meanwhile, the process ends before it has another.
 */
async function lateWriteOf(pod: string, pid: number, namespace: string): Promise<string> {
  const from = Date.now();
  await signal(node, pid, 'CONT');
  return waitFor(`the late write of ${pod}, or its end`, async () => {
    const hasEnded = !(await pidsWith(node, `POD_NAME=${pod}`)).includes(pid);
    const asked = await auditOfOperator(namespace, pod);
    const first = asked.find(({ at, verb }) => at >= from && verb !== 'watch');
    if (first !== undefined) return { done: `${first.verb} ${first.resource}: ${first.code}` };
    return hasEnded ? { done: NEVER_SENT } : { last: 'none' };
  });
}

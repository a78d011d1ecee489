import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { statusOf } from '../probe-shop.ts';
import { apply, messageOf, plainBackend, ready, type Status, templateWrites, unproven, variables } from '../shop.ts';
import { measured } from '../../support/measured.ts';
import { freshNamespace, kubectl } from '../support.ts';

const FIGHT_MS = 600_000;
const LOOK_MS = 2000;

/**
 * Repairs that may come in a fight of ten minutes: at once, then after pauses of 30 s, 60 s, 120 s and 240 s. The next pause ends
 * after the fight.
 */
const MAX_REPAIRS = 5;

const manifest = plainBackend('api', { replicas: 2 });

type Fight = {
  readonly title: string;
  /** What the message says of the writer. */
  readonly told: RegExp;
  readonly undo: (namespace: string) => Promise<unknown>;
  /** Whether the operator's variables are as it has set them. */
  readonly isSet: (variables: readonly string[]) => boolean;
};

const isOurs = (one: string) => one.includes('@pool-');

const replaceBy = (namespace: string, object: object) =>
  kubectl(['replace', '-n', namespace, '-f', '-'], { stdin: stringify(object) });

/** As a pipeline does that writes down when it deployed. */
const stamped = () => ({ ...manifest, metadata: { name: 'api', annotations: { 'deployed-at': String(Date.now()) } } });

const FIGHTS: readonly Fight[] = [
  {
    title: 'a tool that replaces the whole Deployment',
    told: /kubectl-replace removed the variables [5-9] times/,
    undo: (namespace) => replaceBy(namespace, stamped()),
    isSet: (all) => all.some(isOurs),
  },
  {
    // The API server keeps no field manager that only takes fields away: nobody else may be named in its place.
    title: 'a tool that replaces the whole Deployment, and has no field of its own',
    told: /^(?!.*kubectl-client-side-apply).* [5-9] times/,
    undo: (namespace) => replaceBy(namespace, manifest),
    isSet: (all) => all.some(isOurs),
  },
  {
    title: 'a tool that sets one variable by force',
    told: /kubectl-set changed the variables [5-9] times/,
    undo: (namespace) => kubectl(['set', 'env', '-n', namespace, 'deployment/api', 'DB_POOL_MAX=99']),
    isSet: (all) => all.length === 4 && all.every(isOurs),
  },
];

type Seen = { readonly reasons: ReadonlySet<string>; readonly undone: number; readonly status: Status };

async function fight(namespace: string, { undo, isSet }: Fight): Promise<Seen> {
  const endAt = performance.now() + FIGHT_MS;
  const reasons = new Set<string>();
  let undone = 0;
  for (;;) {
    if (isSet(await variables(namespace))) {
      await undo(namespace);
      undone += 1;
    }
    const status = await statusOf(namespace, 'pool');
    const { reason = '' } = status?.conditions?.find(({ type }) => type === 'Ready') ?? {};
    reasons.add(reason);
    if (performance.now() > endAt && status !== undefined) return { reasons, undone, status };
    await pause(LOOK_MS);
  }
}

describe.concurrent('a fight of ten minutes', () => {
  test.for(FIGHTS.map((one) => [one.title, one] as const))(
    '%s is met ever less often, and at last a person is called',
    async ([, one]) => {
      const namespace = await freshNamespace('fight');
      await apply(namespace, manifest, unproven());
      await ready(namespace, 'pool', 'Ready');
      const before = await templateWrites(namespace);
      const { reasons, undone, status } = await fight(namespace, one);
      const repairs = (await templateWrites(namespace)) - before;
      measured(
        `${one.title}: undone ${undone} times in ten minutes, repaired ${repairs} times, ${[...reasons].join(', ')}`,
      );
      expect(undone).toBeGreaterThanOrEqual(MAX_REPAIRS);
      expect(repairs).toBeLessThanOrEqual(MAX_REPAIRS);
      expect([...reasons]).toContain('DriftDetected');
      expect(status.conditions).toContainEqual(expect.objectContaining({ type: 'Stalled', status: 'True' }));
      expect(messageOf(status)).toMatch(one.told);
    },
  );
});

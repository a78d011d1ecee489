import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { statusOf } from '../probe-shop.ts';
import { apply, messageOf, plainBackend, ready, type Status, templateWrites, unproven, variables } from '../shop.ts';
import { measured } from '../revisions.ts';
import { freshNamespace, kubectl } from '../support.ts';

const FIGHT_MS = 600_000;
const LOOK_MS = 2000;

/**
 * Repairs that may come in a fight of ten minutes: at once, then after pauses of 30 s, 60 s, 120 s and 240 s. The next pause ends
 * after the fight.
 */
const MAX_REPAIRS = 5;

const manifest = plainBackend('api', { replicas: 3 });

type Fight = {
  readonly title: string;
  /** Who writes, as field managers call it. */
  readonly writer: string;
  readonly undo: (namespace: string) => Promise<unknown>;
  /** Whether the operator's variables are as it has set them. */
  readonly isSet: (variables: readonly string[]) => boolean;
};

const isOurs = (one: string) => one.includes('@pool-');

const FIGHTS: readonly Fight[] = [
  {
    title: 'a tool that replaces the whole Deployment',
    writer: 'kubectl-replace',
    undo: (namespace) => kubectl(['replace', '-n', namespace, '-f', '-'], { stdin: stringify(manifest) }),
    isSet: (all) => all.some(isOurs),
  },
  {
    title: 'a tool that sets one variable by force',
    writer: 'kubectl-set',
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
      expect(messageOf(status)).toMatch(new RegExp(`${one.writer}.* [5-9] times`));
    },
  );
});

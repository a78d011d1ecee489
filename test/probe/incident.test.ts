/** A database in trouble for an hour, then well: whatever it says meanwhile, nobody has to help, unless it rejects the credentials. */
import { describe, expect, test } from 'vitest';
import type { Stage, Verdict } from '../../src/contract/verdict.ts';
import { asPattern, type FailureClass } from '../../src/probe/verdict/failure-class.ts';
import { FAILURES } from '../../src/probe/verdict/failure-table.ts';
import { Progress } from '../../src/probe/verdict/progress.ts';
import { failureVerdict } from '../../src/probe/verdict/verdict.ts';
import { spec, verdict } from '../core/builders.ts';
import { edit } from '../core/simulation/user-actions.ts';
import { World } from '../core/simulation/world.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

const ROWS = Object.values(FAILURES) as readonly FailureClass[];

/** Every code of the failure table, and two of no row. */
const CODES = [
  ...new Set([...ROWS.flatMap(({ patterns }) => patterns.map((one) => asPattern(one).code)), 'ORA-24542', 'NJS-999']),
];

/** The password was wrong, or a person has to change the user: never by itself. */
const NEVER = ['ORA-01005', 'ORA-01017', 'ORA-01031', 'ORA-01045', 'ORA-28001', 'ORA-65162'];

/** PASSWORD_LOCK_TIME may be over. */
const LOCKED = ['ORA-28000'];

/** The connection ended, or the answer means nothing to the probe: the database may have counted a failed logon. */
const UNANSWERED = [
  'ORA-03113',
  'ORA-03114',
  'ORA-03135',
  'ORA-03136',
  'ORA-12525',
  'ORA-12537',
  'ORA-12547',
  'ORA-12570',
  'ORA-12583',
  'ORA-24542',
  'ORA-28511',
  'NJS-102',
  'NJS-103',
  'NJS-111',
  'NJS-112',
  'NJS-113',
  'NJS-173',
  'NJS-500',
  'NJS-501',
  'NJS-503',
  'NJS-509',
  'NJS-513',
  'NJS-521',
  'NJS-534',
  'NJS-999',
];

/** What a probe says that met this error at its logon, or before it has sent the password. */
function verdictOf(text: string, stage: Stage = 'logon'): Verdict {
  const progress = new Progress();
  progress.reach(stage);
  const error = Object.assign(new Error(text), { code: text.slice(0, 9) });
  return failureVerdict(error, progress, (kept) => kept);
}

/** Passes of the operator for so long, with pauses as it asks for them. */
function live(world: World, ms: number): void {
  const end = world.now + ms;
  while (world.now < end) {
    const { actions = [], requeueAfterMs = ms } = world.reconcile() ?? {};
    world.settle();
    world.now = Math.min(end, world.now + (actions.length > 0 ? 1000 : Math.max(1000, requeueAfterMs)));
  }
}

const isReady = ({ profile }: World) =>
  profile.status.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true;

type End = {
  /** Hours after the end of the trouble; undefined for never. */
  readonly readyAfter: 0 | 24 | undefined;
  /** Logons during the trouble. */
  readonly logons: number;
};

const ENDS = new Map<string, End>();

/** Verdicts that the operator cannot tell apart have one end: of a code it reads no more than whose it is. */
function endOf(said: Verdict): End {
  const key = JSON.stringify([said.outcome, said.reason, said.stage, said.code?.slice(0, 4)]);
  const end = ENDS.get(key) ?? incident(said);
  ENDS.set(key, end);
  return end;
}

function incident(said: Verdict): End {
  const world = new World();
  edit(world, spec().pool, 'Required');
  world.database.nextVerdict = said;
  live(world, HOUR_MS);
  const logons = world.database.logons.length;
  expect(isReady(world)).toBe(false);
  world.database.nextVerdict = verdict();
  live(world, 10 * MINUTE_MS);
  if (isReady(world)) return { readyAfter: 0, logons };
  // The probes of the day change nothing of what is known about the credentials.
  world.now += 23 * HOUR_MS;
  live(world, HOUR_MS);
  return { readyAfter: isReady(world) ? 24 : undefined, logons };
}

function expectedOf(code: string): End['readyAfter'] {
  if (NEVER.includes(code)) return undefined;
  return [...LOCKED, ...UNANSWERED].includes(code) ? 24 : 0;
}

const unexpected = (
  ends: readonly (End & { readonly code: string })[],
  expected: (code: string) => End['readyAfter'],
) => ends.filter(({ code, readyAfter }) => readyAfter !== expected(code));

// Some fifty simulated days.
describe('after an hour of trouble', { timeout: 120_000 }, () => {
  test('the profile is Ready by itself after every code that is not in the allow-list', () => {
    const ends = CODES.map((code) => ({ code, ...endOf(verdictOf(`${code}: what it says`)) }));
    expect(unexpected(ends, expectedOf)).toEqual([]);
    expect(ends.length).toBeGreaterThan(150);
    // What may count as a failed logon is sent three times at most, and what does count once.
    const sentOften = ends.filter(({ code, logons }) => UNANSWERED.includes(code) && logons > 3);
    const sentTwice = ends.filter(({ code, logons }) => [...NEVER, ...LOCKED].includes(code) && logons !== 1);
    expect([...sentOften, ...sentTwice]).toEqual([]);
  });

  test('the profile is Ready at once after each of them that came before the password was sent', () => {
    const ends = UNANSWERED.map((code) => ({ code, ...endOf(verdictOf(`${code}: what it says`, 'server')) }));
    // An unknown answer of the database may be about the user.
    expect(unexpected(ends, (code) => (code === 'ORA-24542' ? 24 : 0))).toEqual([]);
  });

  test('the profile is Ready at once after every code behind ORA-00604', () => {
    const unlisted = ['ORA-00942', 'ORA-01403', 'ORA-12152', 'ORA-28112', 'ORA-65011'];
    const codes = [...CODES.filter((code) => code.startsWith('ORA-')), ...unlisted];
    const ends = codes.map((code) => ({
      code,
      ...endOf(verdictOf(`ORA-00604: error occurred at recursive SQL level 1\n${code}: what it says`)),
    }));
    expect(unexpected(ends, () => 0)).toEqual([]);
    expect(ends.length).toBeGreaterThan(100);
  });
});

/** Plays a case: probes an account that was made for it, and compares the verdicts. */
import { expect } from 'vitest';
import type { Verdict } from '../../../src/contract/verdict.ts';
import { FAILURES } from '../../../src/probe/verdict/failure-table.ts';
import { soon } from '../../oracle/login.ts';
import { environment } from '../environment.ts';
import type { Case, Probe } from './cases.ts';
import { withService } from './service.ts';
import type { TestAccount, TestDatabase } from './test-database.ts';

/** Runs the probe with these environment variables. */
export type RunProbe = (variables: Record<string, string | undefined>) => Promise<Verdict>;

const expectedOf = ({ reason, verdict }: Probe): object => ({
  outcome: reason === 'PoolOpened' ? 'Succeeded' : FAILURES[reason].outcome,
  reason,
  remediation: reason === 'PoolOpened' ? '' : expect.stringMatching(/./),
  ...verdict,
});

export async function playProbes(
  { probes }: Case,
  connectString: string,
  account: TestAccount,
  runProbe: RunProbe,
): Promise<void> {
  for (const probe of probes) {
    const target = probe.service === undefined ? connectString : withService(connectString, probe.service);
    if (target === undefined) throw new Error(`no service can be put into ${connectString}`);
    const credentials = { DB_USER: account.user, DB_PASSWORD: account.password };
    const verdict = await runProbe(environment(target, { ...credentials, ...probe.variables }));
    const expected = expectedOf(probe);
    // What is expected to be undefined may not be there, so `toMatchObject` does not do.
    const named = Object.entries(verdict).filter(([key]) => key in expected);
    expect(Object.fromEntries(named)).toEqual(expected);
    if (verdict.outcome === 'Succeeded') expect(verdict.database?.user).toBe(account.name);
    const secrets = [account.password, probe.variables?.['DB_PASSWORD'] ?? ''].filter((secret) => secret !== '');
    for (const secret of secrets) expect(JSON.stringify(verdict)).not.toContain(secret);
  }
}

/** The account is left as the case says, and nobody is logged on to it. */
export async function checkAccount({ statusAfter }: Case, database: TestDatabase, account: TestAccount): Promise<void> {
  await soon(async () => expect(await database.sessionsOf(account)).toBe(0));
  if (statusAfter !== undefined) expect(await database.statusOf(account)).toBe(statusAfter);
}

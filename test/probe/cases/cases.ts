/**
 * What the probe says of accounts, limits and pools: one table for the stand-in (cases.test.ts) and for a real Oracle Database
 * (real-database.test.ts). Where the two differ, one of the tests fails.
 */
import { expect } from 'vitest';
import type { Verdict } from '../../../src/contract/verdict.ts';
import type { Reason } from '../../../src/probe/verdict/failure-table.ts';
import type { Statistics } from '../../oracle/database/statistics.ts';
import type { StandInSettings } from '../../oracle/stand-in.ts';
import type { AccountState } from './account.ts';

export type Probe = {
  /** Of the probe's environment, in place of those that work. */
  readonly variables?: Readonly<Record<string, string>>;
  /** In place of the service that is there. */
  readonly service?: string;
  readonly reason: Reason | 'PoolOpened';
  /** The rest of the verdict, as far as the case is about it. */
  readonly verdict?: { readonly [K in keyof Verdict]?: unknown };
};

export type Case = {
  readonly title: string;
  /** An account without limits, unless it says otherwise. */
  readonly account?: AccountState;
  /** Limits of the whole instance. Others use a real one, too, so there the case is skipped. */
  readonly instance?: StandInSettings['limits'];
  /** One after the other. */
  readonly probes: readonly Probe[];
  /** ACCOUNT_STATUS afterwards. */
  readonly statusAfter?: string;
  /** What the stand-in counts. A real database shows no such counters. */
  readonly counts?: Partial<Statistics>;
};

const anyText: unknown = expect.any(String);
const anyNumber: unknown = expect.any(Number);
const matching = (pattern: RegExp): unknown => expect.stringMatching(pattern);

const opened = (requested: number): Probe => ({
  reason: 'PoolOpened',
  verdict: { pool: { requested, opened: requested } },
});
const wrongPassword: Probe = {
  variables: { DB_PASSWORD: 'gu3ssed' },
  reason: 'AuthenticationFailed',
  verdict: { stage: 'logon', code: 'ORA-01017', pool: undefined },
};

/** A logon that the database rejected: one, and no pool. */
const ONE_FAILED_LOGON = { connects: 1, logons: 0, failedLogons: 1 } as const;

const POOLS: readonly Case[] = [
  {
    title: 'a pool that fits is filled to its min, and closed',
    probes: [
      {
        reason: 'PoolOpened',
        verdict: {
          stage: 'done',
          pool: { requested: 3, opened: 3 },
          database: expect.objectContaining({
            version: matching(/^\d+(\.\d+){4}$/),
            name: anyText,
            service: anyText,
            instance: anyText,
          }),
          warnings: undefined,
        },
      },
    ],
    statusAfter: 'OPEN',
    // The first logon and three of the pool; each with a ping and a query.
    counts: { logons: 4, failedLogons: 0, pings: 4, logoffs: 4, peakSessions: 3 },
  },
  {
    title: 'a pool is filled no further than the profile allows',
    probes: [{ ...opened(2), variables: { DB_POOL_MIN: '6', PROBE_CONNECTIONS: '2' } }],
    counts: { peakSessions: 2 },
  },
  {
    title: 'a pool without a min is filled with one connection',
    probes: [{ ...opened(1), variables: { DB_POOL_MIN: '0' } }],
    counts: { peakSessions: 1 },
  },
  {
    title: 'a pool whose min is its max is filled to its max',
    probes: [{ ...opened(2), variables: { DB_POOL_MIN: '2', DB_POOL_MAX: '2' } }],
    counts: { peakSessions: 2 },
  },
  {
    title: 'a pool of a user whose name stands in quotes is filled',
    account: { hasQuotedName: true },
    probes: [opened(3)],
  },
];

const LIMITS: readonly Case[] = [
  {
    title: 'SESSIONS_PER_USER of as many sessions as the pool is to have is enough',
    account: { sessionsPerUser: 3 },
    probes: [opened(3)],
    counts: { peakSessions: 3 },
  },
  {
    title: 'SESSIONS_PER_USER of fewer sessions ends the probe after one rejection',
    account: { sessionsPerUser: 2 },
    probes: [
      {
        reason: 'UserSessionLimitReached',
        verdict: { stage: 'pool', code: 'ORA-02391', pool: { requested: 3, opened: 2 } },
      },
    ],
    statusAfter: 'OPEN',
    counts: { logons: 3, failedLogons: 1, logoffs: 3 },
  },
  {
    title: 'an instance without a session for the pool ends the probe after one rejection',
    instance: { sessions: 2 },
    probes: [
      {
        reason: 'SessionLimitReached',
        verdict: { stage: 'pool', code: 'ORA-00018', pool: { requested: 3, opened: 2 } },
      },
    ],
    counts: { logons: 3, failedLogons: 1, logoffs: 3 },
  },
  {
    title: 'an instance without any session rejects the first logon',
    instance: { sessions: 0 },
    probes: [{ reason: 'SessionLimitReached', verdict: { stage: 'logon' } }],
    counts: ONE_FAILED_LOGON,
  },
  {
    title: 'an instance without a process, as its listener knows',
    instance: { processes: 0 },
    probes: [{ reason: 'NoHandlerAvailable', verdict: { stage: 'listener', code: 'ORA-12516' } }],
    counts: { connects: 1, refused: 1, logons: 0 },
  },
  {
    title: 'an instance without a process, as its listener does not know yet',
    instance: { processes: 2, processesCheckedBy: 'instance' },
    probes: [{ reason: 'ProcessLimitReached', verdict: { stage: 'pool', code: 'ORA-00020' } }],
    counts: { failedLogons: 1 },
  },
  {
    title: 'an instance with few free sessions keeps those that others need',
    account: { readsCatalog: true },
    instance: { sessions: 100, otherSessions: 77 },
    probes: [
      {
        reason: 'PoolOpened',
        verdict: {
          pool: { requested: 2, opened: 2 },
          warnings: [matching(/opens 2 of 3 connections and leaves 20 sessions to others/)],
        },
      },
    ],
    counts: { peakSessions: 2 },
  },
  {
    title: 'an instance with fewer free sessions than others need lets the probe open one',
    account: { readsCatalog: true },
    instance: { sessions: 10 },
    probes: [opened(1)],
  },
];

const REJECTIONS: readonly Case[] = [
  {
    title: 'a wrong password is one rejected logon',
    account: { failedLogins: 2 },
    probes: [wrongPassword],
    statusAfter: 'OPEN',
    counts: ONE_FAILED_LOGON,
  },
  {
    title: 'a wrong password locks the account as often as FAILED_LOGIN_ATTEMPTS says',
    account: { failedLogins: 2 },
    probes: [wrongPassword, wrongPassword, { reason: 'AccountLocked', verdict: { stage: 'logon', code: 'ORA-28000' } }],
    statusAfter: 'LOCKED(TIMED)',
  },
  {
    title: 'a wrong password is forgotten after the right one',
    account: { failedLogins: 2 },
    probes: [wrongPassword, opened(3), wrongPassword],
    statusAfter: 'OPEN',
  },
  {
    title: 'an unknown user is told like a wrong password',
    probes: [{ ...wrongPassword, variables: { DB_USER: 'DBPOOL_NOBODY' } }],
    statusAfter: 'OPEN',
    counts: ONE_FAILED_LOGON,
  },
  {
    title: 'an empty password is not sent',
    account: { failedLogins: 1 },
    probes: [{ variables: { DB_PASSWORD: '' }, reason: 'CredentialsMissing' }],
    statusAfter: 'OPEN',
    counts: { connects: 0 },
  },
  {
    title: 'a locked account',
    account: { isLocked: true },
    probes: [{ reason: 'AccountLocked', verdict: { stage: 'logon', code: 'ORA-28000', pool: undefined } }],
    statusAfter: 'LOCKED',
    counts: ONE_FAILED_LOGON,
  },
  {
    title: 'an expired password',
    account: { isPasswordExpired: true },
    probes: [{ reason: 'PasswordExpired', verdict: { stage: 'logon', code: 'ORA-28001', pool: undefined } }],
    statusAfter: 'EXPIRED',
    counts: ONE_FAILED_LOGON,
  },
  {
    title: 'an account without CREATE SESSION',
    account: { lacksCreateSession: true },
    probes: [{ reason: 'CreateSessionNotGranted', verdict: { stage: 'logon', code: 'ORA-01045', pool: undefined } }],
    statusAfter: 'OPEN',
    counts: ONE_FAILED_LOGON,
  },
  {
    title: 'a service that the listener does not know',
    probes: [{ service: 'DBPOOL_NOWHERE', reason: 'ServiceUnknown', verdict: { stage: 'listener' } }],
    counts: { connects: 1, logons: 0, failedLogons: 0 },
  },
];

/** Views of the instance, which the probe reads where the user may. */
const INSTANCE_VIEWS = ['V$RESOURCE_LIMIT', 'V$PARAMETER', 'V$SESSION'];

const usage = { inUse: anyNumber, limit: matching(/^(\d+|UNLIMITED)$/) };

const VIEWS: readonly Case[] = [
  {
    title: 'the limits of the user are read by every user, and those of the instance are listed as unreadable',
    account: { sessionsPerUser: 30, idleMinutes: 15 },
    probes: [
      {
        reason: 'PoolOpened',
        verdict: { limits: { sessionsPerUser: '30', idleTime: '15', unreadableViews: INSTANCE_VIEWS } },
      },
    ],
  },
  {
    title: 'the limits of the instance are read by a user who may read the dictionary',
    account: { readsCatalog: true },
    probes: [
      {
        variables: { PROBE_RESERVED_SESSIONS: '0' },
        reason: 'PoolOpened',
        verdict: {
          limits: {
            sessionsPerUser: 'UNLIMITED',
            idleTime: 'UNLIMITED',
            cpus: anyNumber,
            sessions: usage,
            processes: usage,
          },
          // Nobody else uses the account.
          sessionCount: { machines: {}, otherSessions: 0, isPooled: false, isOneInstance: false },
        },
      },
    ],
  },
  {
    title: 'the end of a password is told in days',
    account: { passwordDays: 100.5 },
    probes: [{ reason: 'PoolOpened', verdict: { passwordExpiresInDays: 100, warnings: undefined } }],
  },
  {
    title: 'the end of a password within two weeks is a warning',
    account: { passwordDays: 9.5 },
    probes: [
      {
        reason: 'PoolOpened',
        verdict: { passwordExpiresInDays: 9, warnings: ['The password of the user expires in 9 days'] },
      },
    ],
  },
  {
    title: 'the end of a password begins its days of grace, with the warning of the database',
    account: { isGraceDue: true },
    probes: [
      {
        reason: 'PoolOpened',
        verdict: { warnings: [matching(/^ORA-28002: the password will expire within 5 days/i)] },
      },
    ],
    statusAfter: 'EXPIRED(GRACE)',
  },
];

export const CASES: readonly Case[] = [...POOLS, ...LIMITS, ...REJECTIONS, ...VIEWS];

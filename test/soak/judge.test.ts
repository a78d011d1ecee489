/** The judge of the soak is fed evidence that is good but for one thing. */
import { expect, test } from 'vitest';
import type { AuditedRequest } from '../support/audit.ts';
import type { Cycle } from './cycle.ts';
import type { FaultSeen } from './fault-seen.ts';
import { type Evidence, judge } from './judge.ts';

const START = Date.UTC(2026, 0, 1);
const at = (seconds: number) => START + seconds * 1000;

const request = (seconds: number, over: Partial<AuditedRequest> = {}): AuditedRequest => ({
  at: at(seconds),
  ms: 5,
  user: 'operator',
  pod: 'operator-0',
  verb: 'patch',
  resource: 'deployments',
  namespace: 'shop',
  name: 'api',
  code: 200,
  ...over,
});

/** Asked for at 10 s and Ready at 15 s, unless told otherwise. */
const cycle = (over: Partial<Cycle> = {}): Cycle => ({
  namespace: 'shop',
  before: 20,
  asked: [21],
  since: at(9),
  from: at(10),
  to: at(15),
  until: at(16),
  written: 1,
  mayTakeMs: 30_000,
  isMadeAnew: false,
  disturbance: undefined,
  repairs: 0,
  ...over,
});

const fault = (from: number, to: number, over: Partial<FaultSeen> = {}): FaultSeen => ({
  title: 'leader killed',
  breaksLog: false,
  from: at(from),
  to: at(to),
  ...over,
});

const quiet = { after: 'leader killed', from: at(300), to: at(320), missing: [], isOneLeader: true };

const shop = { namespace: 'shop', max: 21, isReady: true, runs: '21', written: 1, strays: [] };

/** Two minutes, a sample each five seconds. */
const samples = Array.from({ length: 25 }, (_, index) => ({ at: at(index * 5), mebibytes: 90 + (index % 3) }));

const good: Evidence = {
  shops: [shop],
  cycles: [cycle()],
  faults: [fault(200, 210)],
  quiets: [quiet],
  requests: [request(12)],
  life: { samples, cutShort: undefined },
  most: 100,
  errors: [],
};

/** Titles and words of what does not hold. */
const failures = (over: Partial<Evidence>) =>
  judge({ ...good, ...over })
    .filter((finding) => !finding.holds)
    .map(({ title, seen }) => `${title}: ${seen}`);

test('the judge accepts good evidence', () => {
  expect(failures({})).toEqual([]);
});

test.for<[string, Partial<Evidence>, RegExp]>([
  ['a profile that is not Ready', { shops: [{ ...shop, isReady: false }] }, /^every profile is Ready.*shop \(max 21\)/],
  ['a template with other numbers', { shops: [{ ...shop, runs: '20' }] }, /^every template.*runs with 20, not 21/],
  [
    'a change that took too long without a fault',
    { cycles: [cycle({ to: at(41), until: at(42) })] },
    /in time.*took 31\.0 s/,
  ],
  [
    'a change that a fault hid until the next fault came, long after its aftermath',
    { cycles: [cycle({ to: at(95), until: at(96) })], faults: [fault(5, 12), fault(94, 110)] },
    /in time.*took 35\.0 s/,
  ],
  ['a change that was never Ready', { cycles: [cycle({ to: undefined, until: at(16) })] }, /in time.*never was/],
  [
    'a profile that takes no change in the quiet',
    { quiets: [{ ...quiet, missing: ['shop'] }] },
    /without a restart.*shop did not after "leader killed"/,
  ],
  ['a leader that ended in the quiet', { quiets: [{ ...quiet, isOneLeader: false }] }, /the leader changed after/],
  [
    'a template that was written twice for one change',
    { cycles: [cycle({ written: 2 })], shops: [{ ...shop, written: 2 }], requests: [request(12), request(13)] },
    /^one template write.*2, not 1/,
  ],
  [
    'a template that was not written, beside one that was written twice',
    {
      cycles: [cycle({ written: 0 }), cycle({ since: at(16), from: at(20), to: at(25), until: at(26), written: 2 })],
      shops: [{ ...shop, written: 2 }],
      requests: [request(21), request(22)],
    },
    /^one template write.* 0, not 1; .* 2, not 1/,
  ],
  [
    'one write of two that take each other back',
    { cycles: [cycle({ asked: [21, 20] })] },
    /^one template write.* 1, not 0 or 2/,
  ],
  [
    'no write at all of two changes in a row',
    {
      cycles: [cycle({ asked: [21, 22], written: 0 })],
      shops: [{ ...shop, written: 0 }],
      requests: [request(12, { code: 409 })],
    },
    /^one template write.* 0, not 1 or 2/,
  ],
  [
    'a write although the profile was made again with the same numbers',
    { cycles: [cycle({ asked: [20], isMadeAnew: true })] },
    /^one template write.* 1, not 0/,
  ],
  ['a write after all changes', { shops: [{ ...shop, written: 2 }] }, /^one template write.*shop 1 more after all/],
  ['a write that the log lacks', { requests: [request(12, { code: 409 })] }, /audit log.* 0 \(0\) for 1 written/],
  [
    'a write in the log of another change',
    {
      cycles: [cycle(), cycle({ since: at(16), from: at(20), to: at(25), until: at(26) })],
      shops: [{ ...shop, written: 2 }],
      requests: [request(12), request(13)],
    },
    /audit log.* 2 \(0\) for 1 written; .* 0 \(0\) for 1 written/,
  ],
  [
    'a write that the log has and the template has not, although the log is broken there',
    { requests: [request(12), request(13)], faults: [fault(8, 14, { breaksLog: true })] },
    /audit log.* 2 \(0\) for 1 written/,
  ],
  [
    'nothing but changes of which the log was broken',
    { faults: [fault(8, 14, { breaksLog: true })] },
    /audit log.*not measured.*not judged of 1 changes.*00:00:08 to 00:00:14/,
  ],
  [
    'a Secret',
    { requests: [request(12), request(99, { resource: 'secrets', verb: 'get', code: 403, namespace: 'other' })] },
    /get secrets in other: 403/,
  ],
  [
    'a verb that is not documented, outside of all namespaces',
    { requests: [request(12), request(99, { resource: 'nodes', verb: 'list', namespace: undefined })] },
    /list nodes in everywhere: 200, 1 times/,
  ],
  [
    'a pod with other settings than the template',
    { shops: [{ ...shop, strays: ['api-1'] }] },
    /^every pod runs.*shop\/api-1 does not/,
  ],
  ['an error in the calm', { errors: ['{"level":"error"}'] }, /^no error was logged.*"error"/],
  [
    'two repairs of one replacement',
    {
      cycles: [cycle({ disturbance: 'Deployment replaced by another tool', repairs: 1, written: 3 })],
      shops: [{ ...shop, written: 3 }],
      requests: [request(11), request(12), request(13)],
    },
    /^one template write.* 3, not 1 or 2/,
  ],
  ['a process that is too large', { most: 201 }, /no process had more.*201 MiB/],
  ['no process seen', { most: 0 }, /no process had more.*not measured/],
  ['no quiet time', { quiets: [] }, /without a restart: not measured/],
])('the judge finds %s', ([, over, words]) => {
  const found = failures(over);
  expect(found).toHaveLength(1);
  expect(found[0]).toMatch(words);
});

test.for<[string, Partial<Evidence>]>([
  [
    'the time of a fault and its aftermath',
    { cycles: [cycle({ to: at(95), until: at(96) })], faults: [fault(12, 40)] },
  ],
  [
    'nothing written where a profile was made again with the same numbers',
    {
      cycles: [cycle({ asked: [20], written: 0, isMadeAnew: true })],
      shops: [{ ...shop, written: 0 }],
      requests: [request(12, { code: 409 })],
    },
  ],
  [
    'a repair of what another tool replaced, and the change',
    {
      cycles: [cycle({ disturbance: 'Deployment replaced by another tool', repairs: 1, written: 2 })],
      shops: [{ ...shop, written: 2 }],
      requests: [request(11), request(12)],
    },
  ],
  [
    'a replaced Deployment whose repair the change overtook',
    { cycles: [cycle({ disturbance: 'Deployment replaced by another tool', repairs: 1 })] },
  ],
  ['one write or two where a change was overtaken', { cycles: [cycle({ asked: [21, 22] })] }],
  ['a write that got no response', { requests: [request(12, { code: 0 })] }],
  [
    'a write that an API server which died did not log',
    {
      cycles: [cycle(), cycle({ since: at(16), from: at(20), to: at(25), until: at(26) })],
      shops: [{ ...shop, written: 2 }],
      faults: [fault(22, 24, { breaksLog: true })],
    },
  ],
])('the judge accepts %s', ([, over]) => {
  expect(failures(over)).toEqual([]);
});

test('the judge finds evidence of nothing', () => {
  const nothing: Evidence = {
    shops: [],
    cycles: [],
    faults: [],
    quiets: [],
    requests: [],
    life: { samples: [], cutShort: undefined },
    most: 0,
    errors: [],
  };
  expect(judge(nothing).filter(({ holds }) => holds)).toEqual([]);
});

import { describe, expect, test } from 'vitest';
import { type Attempt, furthestOf, summaryOf } from '../../../src/probe/oracle/attempts.ts';

const attempt = (host: string, stage: Attempt['stage'], text?: string): Attempt => ({
  host,
  port: 1521,
  stage,
  ...(text !== undefined && { error: Object.assign(new Error(text), { code: text.slice(0, 7) }) }),
});

const UNRESOLVED = attempt('unresolved', 'resolve', 'NJS-530: does not resolve');
const REFUSED = attempt('refused', 'connect', 'NJS-503: connect ECONNREFUSED');
const LOST = attempt('lost', 'connect');
const UNTRUSTED = attempt('untrusted', 'listener', 'NJS-506: self-signed certificate');
const SILENT = attempt('silent', 'listener');
const FULL = attempt('full', 'listener', 'NJS-511: refused\nCause: ORA-12516');

describe('of several addresses the one that came furthest gives the reason', () => {
  test.for<[string, readonly Attempt[], string, string]>([
    ['a refused port before a name that does not resolve', [UNRESOLVED, REFUSED], 'ConnectionRefused', 'connect'],
    ['a certificate before a refused port', [UNTRUSTED, REFUSED, LOST], 'CertificateUntrusted', 'tls'],
    ['a listener before a certificate', [FULL, UNTRUSTED], 'NoHandlerAvailable', 'listener'],
    ["a listener's answer before a listener's silence", [SILENT, FULL], 'NoHandlerAvailable', 'listener'],
    ['a refusal before lost packets', [LOST, REFUSED], 'ConnectionRefused', 'connect'],
    ['lost packets alone', [LOST], 'ConnectTimedOut', 'connect'],
    ['a silent listener alone', [SILENT], 'ListenerTimedOut', 'listener'],
  ])('%s', ([, attempts, reason, stage]) => {
    for (const order of [attempts, attempts.toReversed()]) {
      expect(furthestOf(order)?.failure).toMatchObject({ reason, stage });
    }
  });

  test('and the text says what each of them said, whatever their order', () => {
    const text =
      'NJS-511: refused\nCause: ORA-12516\n(full:1521 NoHandlerAvailable, lost:1521 ConnectTimedOut, refused:1521 ConnectionRefused)';
    expect(furthestOf([REFUSED, FULL, LOST])?.text).toBe(text);
    expect(furthestOf([LOST, REFUSED, FULL])?.text).toBe(text);
  });

  test('one address has no list, even if its name has several addresses', () => {
    expect(furthestOf([REFUSED, REFUSED])?.text).toBe('NJS-503: connect ECONNREFUSED');
  });

  test('without an attempt there is none', () => expect(furthestOf([])).toBeUndefined());
});

test('an IPv6 address is told from its port', () => {
  expect(summaryOf([attempt('::1', 'connect')])).toBe('[::1]:1521 ConnectTimedOut');
});

test('the list of addresses is short', () => {
  const many = Array.from({ length: 50 }, (_, index) => attempt(`${'h'.repeat(300)}${index}`, 'connect'));
  const distinct = many.map((one, index) => ({ ...one, port: index + 1000 }));
  expect(summaryOf(distinct)).toMatch(/^(?:h{80}:\d{4} ConnectTimedOut, ){5}h{80}:1005 ConnectTimedOut and 44 more$/);
});

import { expect, test } from 'vitest';
import { inWords, outside, overlap } from './span.ts';

const span = (from: number, to: number) => ({ from, to });

test.for<[string, readonly { from: number; to: number }[], number]>([
  ['nothing', [], 10],
  ['what lies before and after', [span(0, 9), span(21, 30)], 10],
  ['its begin', [span(5, 12)], 8],
  ['its end', [span(18, 30)], 8],
  ['its middle', [span(12, 15)], 7],
  ['two that overlap, in any order', [span(14, 18), span(12, 15)], 4],
  ['one within another', [span(12, 18), span(13, 14)], 4],
  ['all of it', [span(0, 30)], 0],
])('a span of 10 to 20 loses its part to %s', ([, others, rest]) => {
  expect(outside(span(10, 20), others)).toBe(rest);
});

test('spans that touch overlap', () => {
  expect(overlap(span(1, 2), span(2, 3))).toBe(true);
  expect(overlap(span(1, 2), span(3, 4))).toBe(false);
});

test('a span is formatted as times of the audit log', () => {
  const from = Date.UTC(2026, 0, 1, 21, 7, 3);
  expect(inWords({ from, to: from + 37_000 })).toBe('21:07:03 to 21:07:40');
});

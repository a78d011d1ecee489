import { describe, expect, test } from 'vitest';
import { FULL, readArguments, SMOKE } from '../../bench/options.ts';

describe('the arguments of npm run bench', () => {
  test('no arguments choose the whole benchmark', () => {
    expect(readArguments([])).toEqual({ options: FULL, keep: false, isWhole: true });
    expect(readArguments(['--keep'])).toMatchObject({ options: FULL, keep: true, isWhole: true });
  });

  test('arguments choose parts, counts and repetitions, which is not the whole benchmark', () => {
    const args = [
      '--part',
      'latency,cost',
      '--part',
      'probe',
      '--profiles',
      '1000,10',
      '--singles',
      '7',
      '--runs',
      '2',
    ];
    expect(readArguments(args)).toMatchObject({
      isWhole: false,
      options: { parts: ['latency', 'cost', 'probe'], profiles: [10, 1000], singles: 7, runs: 2 },
    });
  });

  test('the argument for a small benchmark chooses every part', () => {
    expect(readArguments(['--smoke'])).toEqual({ options: SMOKE, keep: false, isWhole: false });
  });

  test.for([
    ['1000,10,5000', '200', 1000],
    ['10,50', '20', 50],
    ['10,50', '200', 50],
  ] as const)(
    'the counts of %s profiles and %s changes at once measure these with %i profiles',
    ([profiles, changes, at]) => {
      expect(readArguments(['--profiles', profiles, '--changes', changes]).options.changesAt).toBe(at);
    },
  );

  test.for([
    [['--part', 'latencies'], 'there are probe, end-to-end, cost, latency, throughput'],
    [['--profiles', 'many'], 'expected whole numbers from 1'],
    [['--profiles', '10,0'], 'expected whole numbers from 1'],
    [['--fast'], '--fast'],
  ] as const)('the arguments %j are rejected', ([args, message]) => {
    expect(() => readArguments(args)).toThrow(message);
  });
});

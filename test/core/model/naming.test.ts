import { describe, expect, test } from 'vitest';
import { poolConfig } from '../../../src/core/config/pool-config.ts';
import { isConfigMapNameOf, probeJobName } from '../../../src/core/model/naming.ts';
import { spec } from '../builders.ts';

const config = poolConfig('search', spec().pool);

describe('names', () => {
  test('the longest name of a profile gives a Job name within 63 characters', () => {
    expect(probeJobName('p'.repeat(40), 'ffffffffff', 9999).length).toBeLessThanOrEqual(63);
  });

  test('a ConfigMap of one profile is never taken for one of another whose name begins alike', () => {
    expect(isConfigMapNameOf('search', config.name)).toBe(true);
    expect(isConfigMapNameOf('search', 'search-api-24ee7b9941')).toBe(false);
    expect(isConfigMapNameOf('search', 'search-24ee7b994')).toBe(false);
  });
});

import { describe, expect, test } from 'vitest';
import { poolConfig } from '../../../src/core/config/pool-config.ts';
import { isConfigMapNameOf, probeJobName } from '../../../src/core/model/naming.ts';
import { spec } from '../builders.ts';

const config = poolConfig('search', spec().pool);

describe('names', () => {
  test('the Job name of the longest profile name has at most 63 characters', () => {
    expect(probeJobName('p'.repeat(40), 'ffffffffff', 9999).length).toBeLessThanOrEqual(63);
  });

  test('the name of a ConfigMap belongs to one profile only, also where names begin alike', () => {
    expect(isConfigMapNameOf('search', config.name)).toBe(true);
    expect(isConfigMapNameOf('search', 'search-api-24ee7b9941')).toBe(false);
    expect(isConfigMapNameOf('search', 'search-24ee7b994')).toBe(false);
  });
});

import { describe, expect, test } from 'vitest';
import { annotated } from '../../src/core/config-map.ts';
import { configOf } from '../../src/core/config.ts';
import { annotationsOf, marksOf } from '../../src/core/marks.ts';
import { GOOD, profile, rendered, ROLLED, SETTLED, spec } from './builders.ts';

describe('marks', () => {
  test('are read as they were written', () => {
    expect(marksOf(annotationsOf(SETTLED))).toEqual(SETTLED);
  });

  test.for<[string, string]>([
    ['no JSON', '{"at":'],
    ['another shape', '{"at":"yesterday"}'],
    ['nothing', ''],
  ])('that are %s are as if they were not there, and hurt no other', ([, text]) => {
    expect(marksOf({ ...annotationsOf({ good: GOOD }), 'dbpool.dev/rolled': text })).toEqual({ good: GOOD });
  });

  test('are added to those that are there, and taken away by undefined', () => {
    const found = rendered(configOf('search', spec().pool), { marks: SETTLED });
    const action = annotated(profile(), found, { good: undefined, drift: { count: 1, at: 5 } });
    expect(action).toMatchObject({ kind: 'apply', force: true, object: { data: found.data, immutable: true } });
    expect(action.object.metadata).toMatchObject({ uid: found.uid, resourceVersion: '1' });
    expect(action.object.metadata['annotations']).toEqual({
      'dbpool.dev/rolled': JSON.stringify(ROLLED),
      'dbpool.dev/drift': '{"count":1,"at":5}',
    });
  });
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { components } from '../../../src/core/budget/components.ts';

test('items belong together if keys lead from one to the other, and to nobody else', () => {
  const anyItems = fc.array(fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g'), { maxLength: 2 }));
  fc.assert(
    fc.property(anyItems, (items) => {
      const found = components(items, (keys) => keys);
      for (const keys of items) {
        const reached = new Set(keys);
        // A set that grows is iterated to its end.
        for (const key of reached)
          for (const other of items) if (other.includes(key)) for (const next of other) reached.add(next);
        expect(found.get(keys)).toBe([...reached].toSorted()[0]);
      }
    }),
    { numRuns: 1000 },
  );
});

/**
 * Runs before each test file, and gives all properties of fast-check their seed. A run of the same code draws the same inputs, so that
 * it cannot fail by chance. DBPOOL_PROPERTY_SEED is another seed, or `random`. See docs/decisions/0069-properties-draw-from-a-fixed-seed.md.
 */
import fc from 'fast-check';

const FIXED_SEED = 1;

const asked = process.env['DBPOOL_PROPERTY_SEED'] ?? String(FIXED_SEED);
if (asked !== 'random') {
  const seed = Number(asked);
  if (!Number.isInteger(seed)) throw new Error(`DBPOOL_PROPERTY_SEED is "${asked}", expected an integer or "random"`);
  fc.configureGlobal({ ...fc.readConfigureGlobal(), seed });
}

/** What the library makes of a profile in each state, with the status that the operator writes. */
import { expect, test } from 'vitest';
import { STATES } from '../core/status/states.ts';
import { findLibrary } from './library.ts';

const library = await findLibrary();
if ('missing' in library) console.error(`NOT TESTED with kstatus: ${library.missing}`);
const statuses = 'missing' in library ? [] : await library.statusesOf(STATES.map(({ object }) => object));

test.skipIf('missing' in library).for(STATES.map((state, index) => ({ ...state, index })))(
  'kstatus makes of $what: $kstatus',
  ({ kstatus, index }) => {
    expect(statuses[index]).toBe(kstatus);
  },
);

test.skipIf('missing' in library)('kstatus waits for the status of a spec that was just changed', async () => {
  const [done] = STATES.filter(({ kstatus }) => kstatus === 'Current').map(({ object }) => object);
  const changed = { ...done, metadata: { name: 'search', namespace: 'shop', generation: 2 } };
  expect('statusesOf' in library && (await library.statusesOf([changed]))).toEqual(['InProgress']);
});

import { expect, test } from 'vitest';
import { findDescriptor } from '../../../src/probe/oracle/tnsnames.ts';

const FILE = `# (not this one)
orders_high = (description= (retry_count=20)(retry_delay=3)
  (address=(protocol=tcps)(port=1522)(host=db))
  (connect_data=(service_name=orders_high)))

ORDERS_LOW, orders_lowest =
  (DESCRIPTION=(ADDRESS=(PROTOCOL=tcp)(HOST=low)(PORT=1521))(CONNECT_DATA=(SERVICE_NAME=low)))
# commented = (DESCRIPTION=(ADDRESS=(HOST=x)))
open = (DESCRIPTION=(ADDRESS=(HOST=x))
`;

test.for<[string, string | undefined]>([
  ['orders_high', 'host=db'],
  ['ORDERS_HIGH', 'host=db'],
  ['orders_low', 'HOST=low'],
  ['orders_lowest', 'HOST=low'],
  ['orders', undefined],
  ['commented', undefined],
  ['open', undefined],
  ['host', undefined],
])('alias %s has the descriptor with %s', ([alias, part]) => {
  const descriptor = findDescriptor(alias, FILE);
  if (part === undefined) expect(descriptor).toBeUndefined();
  else expect(descriptor).toContain(part);
});

test('a descriptor is complete and on one line', () => {
  expect(findDescriptor('orders_low', FILE)).toBe(
    '(DESCRIPTION=(ADDRESS=(PROTOCOL=tcp)(HOST=low)(PORT=1521))(CONNECT_DATA=(SERVICE_NAME=low)))',
  );
});

import fc from 'fast-check';
import { createNVPair } from 'oracledb/lib/thin/sqlnet/nvStrToNvPair.js';
import { describe, expect, test } from 'vitest';
import {
  addressesIn,
  adjust,
  type Descriptor,
  namesService,
  problemOfAddresses,
  textOf,
} from '../../../src/probe/oracle/descriptor.ts';

const parse = (text: string) => createNVPair(text) as Descriptor;
const adjusted = (text: string, dropsWalletFolder = false) =>
  textOf(adjust(parse(text), { timeoutSeconds: 10, dropsWalletFolder }));

/** Name, atom and list alone. */
const plain = ({ name, atom, list }: Descriptor): unknown => ({
  name,
  atom: atom ?? null,
  list: list?.map(plain) ?? [],
});

describe('the text of a descriptor', () => {
  test.for([
    '(DESCRIPTION=(ADDRESS=(PROTOCOL=tcp)(HOST=db)(PORT=1521))(CONNECT_DATA=(SERVICE_NAME=orders)))',
    '(DESCRIPTION = (ADDRESS = (HOST = "db" )( PORT=1521)) )',
    '(SECURITY=(SSL_SERVER_CERT_DN="CN=db, O=a (b)"))',
    '(SECURITY=(SSL_SERVER_CERT_DN=\'CN="db"\'))',
    '(SECURITY=(SSL_SERVER_CERT_DN=CN=db,O=a))',
    '(CONNECT_DATA=(SERVICE_NAME=a\\(b\\)c))',
    '(CONNECT_DATA=(SERVICE_NAME=)(SID=""))',
    '(CONNECT_DATA=(SERVICE_NAME=two words)(X="=y"))',
    '(LIST=(a,b,c))',
  ])('%s is parsed by the driver into the same tree', (text) => {
    expect(plain(parse(textOf(parse(text))))).toEqual(plain(parse(text)));
  });

  test('is parsed into the same tree, whatever stands in a value', () => {
    const value = fc.string({ unit: fc.constantFrom('a', ' ', '=', ',', '"', "'", '(', ')', '\\', '.') });
    fc.assert(
      fc.property(value, fc.constantFrom('"', "'", ''), (text, quote) => {
        const tree = parsed(`(A=(B=${quote}${text}${quote})(C=d))`);
        if (tree !== undefined) expect(plain(parse(textOf(tree)))).toEqual(plain(tree));
      }),
      { numRuns: 5000 },
    );
  });
});

function parsed(text: string): Descriptor | undefined {
  try {
    return parse(text);
  } catch {
    return undefined;
  }
}

describe('an adjusted descriptor', () => {
  test.for<[string, string, string]>([
    ['retries', '(DESCRIPTION=(RETRY_COUNT=20)(retry_delay=3)(ADDRESS=(HOST=a)))', '(DESCRIPTION=(ADDRESS=(HOST=a)))'],
    ['keep-alive', '(DESCRIPTION=(EXPIRE_TIME=10)(ADDRESS=(HOST=a)))', '(DESCRIPTION=(ADDRESS=(HOST=a)))'],
    [
      'retries in each description',
      '(DESCRIPTION_LIST=(DESCRIPTION=(RETRY_COUNT=2)(X=y))(DESCRIPTION=(RETRY_COUNT=3)(X=z)))',
      '(DESCRIPTION_LIST=(DESCRIPTION=(X=y))(DESCRIPTION=(X=z)))',
    ],
  ])('has no %s', ([, text, expected]) => expect(adjusted(text)).toBe(expected));

  test.for<[string, string]>([
    ['(CONNECT_TIMEOUT=60)', '(CONNECT_TIMEOUT=10)'],
    ['(connect_timeout=1e9)', '(connect_timeout=10)'],
    ['(TRANSPORT_CONNECT_TIMEOUT=11)', '(TRANSPORT_CONNECT_TIMEOUT=10)'],
    ['(RECV_TIMEOUT=60)', '(RECV_TIMEOUT=10)'],
    ['(CONNECT_TIMEOUT=3)', '(CONNECT_TIMEOUT=3)'],
    // The driver ignores what is no number, and takes the probe's own limit.
    ['(CONNECT_TIMEOUT=60 sec)', '(CONNECT_TIMEOUT=60 sec)'],
  ])('has for %s %s', ([text, expected]) =>
    expect(adjusted(`(DESCRIPTION=${text})`)).toBe(`(DESCRIPTION=${expected})`),
  );

  test.for([
    '(MY_WALLET_DIRECTORY=/opt/wallet)',
    '(wallet_location="/opt/wallet")',
    '(WALLET_LOCATION=(SOURCE=(METHOD=FILE)))',
  ])('keeps the wallet folder %s only where the profile has none', (folder) => {
    const text = `(DESCRIPTION=(SECURITY=(SSL_SERVER_DN_MATCH=yes)${folder}))`;
    expect(adjusted(text, true)).toBe('(DESCRIPTION=(SECURITY=(SSL_SERVER_DN_MATCH=yes)))');
    expect(adjusted(text, false)).toBe(text.replaceAll('"', ''));
  });

  test.for([
    '(ADDRESS_LIST=(RETRY_COUNT=3)(ADDRESS=(HOST=a)))',
    '(DESCRIPTION=(CONNECT_DATA=(EXPIRE_TIME=10)(CONNECT_TIMEOUT=60)(WALLET_LOCATION=x)))',
  ])('keeps what stands where the driver does not look for it: %s', (text) => {
    expect(adjusted(text, true)).toBe(text);
  });

  test('is not balanced over more than ten addresses, for which the driver draws an order for ever', () => {
    const list = (count: number) => `(ADDRESS_LIST=(LOAD_BALANCE=on)${'(ADDRESS=(HOST=a))'.repeat(count)})`;
    expect(adjusted(list(10))).toBe(list(10));
    expect(adjusted(list(11))).toBe(`(ADDRESS_LIST=${'(ADDRESS=(HOST=a))'.repeat(11)}(LOAD_BALANCE=OFF))`);
    const descriptions = `(DESCRIPTION_LIST=${'(DESCRIPTION=(X=y))'.repeat(11)})`;
    expect(adjusted(descriptions)).toContain('(LOAD_BALANCE=OFF)');
  });
});

test('the addresses of a descriptor have protocol, host and port', () => {
  const text =
    '(DESCRIPTION=(ADDRESS_LIST=(ADDRESS=(PROTOCOL=TCP)(HOST=a)(PORT=1))(ADDRESS=(host=b)))(ADDRESS=(HOST=c)(PORT=3)(HTTPS_PROXY=p)))';
  expect(addressesIn(parse(text))).toEqual([
    { protocol: 'tcp', host: 'a', port: 1, portText: '1', isBehindProxy: false },
    { protocol: undefined, host: 'b', port: 1521, portText: '', isBehindProxy: false },
    { protocol: undefined, host: 'c', port: 3, portText: '3', isBehindProxy: true },
  ]);
});

describe('addresses that cannot be tried', () => {
  test.for<[string, string]>([
    ['(CONNECT_DATA=(SID=a))', 'the descriptor has no ADDRESS'],
    ['(ADDRESS=(HOST=a)(PORT=1))', 'no ADDRESS has a PROTOCOL'],
    ['(ADDRESS=(PROTOCOL=BEQ)(PROGRAM=oracle))', 'the driver connects by the protocols tcp and tcps alone'],
    ['(ADDRESS=(PROTOCOL=tcp)(HOST=a)(PORT=99999))', 'expected a PORT from 1 to 65535, got 99999'],
    ['(ADDRESS=(PROTOCOL=tcp)(HOST=a)(PORT=-1))', 'expected a PORT from 1 to 65535, got -1'],
    ['(ADDRESS=(PROTOCOL=tcp)(HOST=a)(PORT=0))', 'expected a PORT from 1 to 65535, got 0'],
    ['(ADDRESS=(PROTOCOL=tcp)(HOST=a)(PORT=abc))', 'expected a PORT from 1 to 65535, got abc'],
    ['(ADDRESS=(PROTOCOL=tcp)(HOST=a)(PORT=1521.5))', 'expected a PORT from 1 to 65535, got 1521.5'],
    [
      '(ADDRESS=(PROTOCOL=tcp)(HOST=a)(PORT=${DB_PORT}))(ADDRESS=(PROTOCOL=tcp)(HOST=b)(PORT=x))',
      'expected a PORT from 1 to 65535, got ${DB_PORT}, x',
    ],
  ])('%s: %s', ([text, problem]) => {
    expect(problemOfAddresses(parse(`(DESCRIPTION=${text})`))?.problem.toString()).toBe(problem);
    expect(problemOfAddresses(parse(`(DESCRIPTION=${text}(ADDRESS=(PROTOCOL=tcp)(HOST=a)))`))).toBeUndefined();
  });
});

test.for<[string, boolean]>([
  ['(CONNECT_DATA=(SERVICE_NAME=a))', true],
  ['(CONNECT_DATA=(sid=a))', true],
  ['(CONNECT_DATA=(SERVICE_NAME=))', false],
  ['(CONNECT_DATA=(SERVER=dedicated))', false],
])('%s names a service: %s', ([text, expected]) => expect(namesService(parse(text))).toBe(expected));

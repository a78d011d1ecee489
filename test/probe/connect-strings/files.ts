/** Generated tnsnames.ora files, with the ways of writing that people have. */
import fc from 'fast-check';

export type NamesFile = {
  /** Its text by file name: tnsnames.ora, and a file that it may include. FOLDER stands for where they are. */
  readonly files: Readonly<Record<string, string>>;
  readonly connectString: string;
};

const oneOf = <T>(...values: readonly T[]) => fc.constantFrom(...values);

const HOSTS = [
  '127.0.0.1',
  '127.0.0.2',
  '127.9.8.7',
  'db',
  'DB2.example.com',
  'scan-rac',
  'nowhere',
  'no.such.host',
  '::1',
];
const ALIASES = ['orders', 'ORDERS', 'Orders', 'orders.world', 'b-1'];

/** Between two tokens of a descriptor. A line that does not begin with white space or a parenthesis begins an entry. */
const gap = fc.oneof(
  { weight: 12, arbitrary: fc.constant('') },
  { weight: 4, arbitrary: oneOf(' ', '  ', '\t') },
  { weight: 3, arbitrary: oneOf('\n', '\n  ', '\n\t\t') },
  {
    weight: 1,
    arbitrary: oneOf(' # a comment\n', '\n# a comment (with) = parentheses\n ', '\n\n  ', '\n  # (HOST=nobody)\n'),
  },
);

type Pair = { readonly name: string; readonly value: string | readonly Pair[] };

const pair = (name: string, value: Pair['value']): Pair => ({ name, value });
const maybe = (arbitrary: fc.Arbitrary<Pair>) => fc.option(arbitrary, { nil: undefined, freq: 3 });
const rarely = (arbitrary: fc.Arbitrary<Pair>) =>
  fc.oneof({ weight: 9, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });
const flag = oneOf('on', 'off', 'YES', 'no', 'true', 'False');
const named = (name: string, values: fc.Arbitrary<string>) => maybe(values.map((value) => pair(name, value)));

function parts(...found: readonly fc.Arbitrary<Pair | undefined | readonly Pair[]>[]): fc.Arbitrary<readonly Pair[]> {
  return fc.tuple(...found).chain((drawn) => {
    const list = drawn.flat().filter((one): one is Pair => one !== undefined);
    return fc.shuffledSubarray(list, { minLength: list.length });
  });
}

/** Where the driver does not expect them. */
const misplaced = fc.oneof(
  { weight: 25, arbitrary: fc.constant(undefined) },
  { weight: 1, arbitrary: oneOf('RETRY_COUNT', 'EXPIRE_TIME', 'CONNECT_TIMEOUT').map((name) => pair(name, '3')) },
);

const address = (ports: readonly number[]) =>
  parts(
    oneOf('tcp', 'TCP', 'tcp', 'tcps', 'TCPS').map((value) => pair('PROTOCOL', value)),
    oneOf(...HOSTS).map((value) => pair('HOST', value)),
    oneOf(...ports).map((value) => pair('PORT', String(value))),
  ).map((list) => pair('ADDRESS', list));

const addresses = (ports: readonly number[]) => fc.array(address(ports), { minLength: 1, maxLength: 4 });

const addressList = (ports: readonly number[]) =>
  parts(named('LOAD_BALANCE', flag), named('FAILOVER', flag), misplaced, addresses(ports)).map((list) =>
    pair('ADDRESS_LIST', list),
  );

const security = parts(
  named('SSL_SERVER_DN_MATCH', flag),
  named('SSL_SERVER_CERT_DN', oneOf('"CN=test"', '"CN=other,O=a b"', 'CN=test')),
  named('MY_WALLET_DIRECTORY', oneOf('FOLDER', '"FOLDER"', 'SYSTEM')),
).filter((list) => list.length > 0);

const connectData = parts(
  fc.oneof(
    oneOf('pdb1', 'orders.example.com', '"pdb1"', "'pdb2'", 'a\\(b').map((value) => pair('SERVICE_NAME', value)),
    fc.constant(pair('SID', 'FREE')),
  ),
  named('SERVER', oneOf('dedicated', 'SHARED')),
  misplaced,
  maybe(fc.constant(pair('FAILOVER_MODE', [pair('TYPE', 'select'), pair('METHOD', 'basic')]))),
).map((list) => pair('CONNECT_DATA', list));

const seconds = oneOf('5', '60', '600');

const description = (ports: readonly number[]) =>
  parts(
    rarely(oneOf('1', '2').map((value) => pair('RETRY_COUNT', value))),
    named('RETRY_DELAY', oneOf('1', '3')),
    named('CONNECT_TIMEOUT', seconds),
    named('TRANSPORT_CONNECT_TIMEOUT', seconds),
    named('EXPIRE_TIME', oneOf('1', '10')),
    named('ENABLE', fc.constant('broken')),
    named('LOAD_BALANCE', flag),
    named('FAILOVER', flag),
    named('SDU', oneOf('8192', '65535')),
    fc.oneof(
      addresses(ports),
      fc.array(addressList(ports), { minLength: 1, maxLength: 2 }),
      fc.tuple(address(ports), addressList(ports)),
    ),
    connectData,
    maybe(security.map((list) => pair('SECURITY', list))),
  ).map((list) => pair('DESCRIPTION', list));

const descriptionList = (ports: readonly number[]) =>
  parts(
    named('LOAD_BALANCE', flag),
    named('FAILOVER', flag),
    fc.array(description(ports), { minLength: 1, maxLength: 2 }),
  ).map((list) => pair('DESCRIPTION_LIST', list));

/** The text of a pair, with a gap wherever one may be. */
function written(one: Pair, gaps: readonly string[], at = { gap: 0 }): string {
  const next = (isBeforeParenthesis = false) => {
    const drawn = gaps[at.gap++ % gaps.length] ?? '';
    return isBeforeParenthesis || !drawn.endsWith('\n') ? drawn : `${drawn} `;
  };
  const cased = gaps.length % 2 === 0 ? one.name : one.name.toLowerCase();
  const value =
    typeof one.value === 'string'
      ? one.value
      : one.value.map((child) => next(true) + written(child, gaps, at)).join('');
  return `(${cased}${next()}=${typeof one.value === 'string' ? next() : ''}${value}${next(true)})`;
}

const descriptor = (ports: readonly number[]) =>
  fc
    .tuple(
      fc.oneof({ weight: 5, arbitrary: description(ports) }, { weight: 1, arbitrary: descriptionList(ports) }),
      fc.array(gap, { minLength: 1, maxLength: 30 }),
    )
    .map(([tree, gaps]) => written(tree, gaps));

const easyConnect = (ports: readonly number[]) =>
  fc
    .tuple(
      oneOf('', '', 'tcp://', 'tcps://', '//'),
      fc.array(oneOf('127.0.0.1', '127.0.0.2', 'db', 'scan-rac', 'nowhere', '[::1]'), { minLength: 1, maxLength: 3 }),
      oneOf(...ports),
      oneOf('/pdb1', '/orders.example.com', '/pdb1:dedicated', '/pdb1:pooled', '/', ''),
      oneOf(
        '',
        '',
        '?retry_count=2&retry_delay=1',
        '?connect_timeout=60&expire_time=1',
        '?wallet_location=FOLDER',
        '?ssl_server_dn_match=off',
      ),
    )
    .map(([protocol, hosts, port, service, rest]) => `${protocol}${hosts.join(',')}:${port}${service}${rest}`);

/** Now and then an entry that no one can read: a parenthesis too many or too few, an alias of an alias, a stray word. */
const broken = oneOf(
  '(DESCRIPTION=(ADDRESS=(HOST=db))',
  '(DESCRIPTION=(ADDRESS=(HOST=db))))',
  'billing',
  '',
  '(HOST=db)',
);

const entry = (ports: readonly number[]) =>
  fc
    .tuple(
      fc.array(oneOf(...ALIASES), { minLength: 1, maxLength: 3 }),
      oneOf(',', ', '),
      fc.oneof(
        { weight: 30, arbitrary: descriptor(ports) },
        { weight: 8, arbitrary: easyConnect(ports) },
        { weight: 1, arbitrary: broken },
      ),
      oneOf('=', '=', ' = ', ' =\n  ', ' = # which one?\n  '),
      fc.oneof({ weight: 20, arbitrary: fc.constant('') }, { weight: 1, arbitrary: oneOf('  ', '\t') }),
    )
    .map(([aliases, comma, value, equals, indent]) => `${indent}${[...new Set(aliases)].join(comma)}${equals}${value}`);

const between = oneOf('\n', '\n\n', '\n# comment\n', '\n\n#\n# more = (comment)\n\n', '  \n', ' # at the end\n');

const text = (ports: readonly number[]) =>
  fc
    .tuple(
      fc.array(fc.tuple(entry(ports), between), { minLength: 1, maxLength: 4 }),
      oneOf('', '\n', '# first\n'),
      fc.boolean(),
    )
    .map(([entries, head, isDos]) => {
      const lines = head + entries.flat().join('');
      return isDos ? lines.replaceAll('\n', '\r\n') : lines;
    });

/** A file with the alias to connect by; or a connect string that needs no file. */
export function namesFiles(ports: readonly number[]): fc.Arbitrary<NamesFile> {
  const byAlias = fc
    .tuple(
      text(ports),
      fc.option(text(ports), { freq: 4 }),
      oneOf('', '', '', '\uFEFF'),
      oneOf(...ALIASES),
      oneOf('', ' ', '\n'),
    )
    .map(([main, included, mark, alias, end]) => ({
      files: {
        'tnsnames.ora': mark + (included === null ? main : `IFILE = FOLDER/more.ora\n${main}`),
        ...(included !== null && { 'more.ora': included }),
      },
      connectString: alias + end,
    }));
  const direct = fc.oneof(descriptor(ports), easyConnect(ports)).map((connectString) => ({
    files: { 'tnsnames.ora': '' },
    connectString: connectString.replaceAll(/#[^\n]*/g, ''),
  }));
  return fc.oneof({ weight: 6, arbitrary: byAlias }, { weight: 1, arbitrary: direct });
}

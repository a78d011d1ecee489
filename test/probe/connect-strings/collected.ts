/** Forms of tnsnames.ora and connect strings that people have published, rewritten with other names. */
import type { NamesFile } from './files.ts';

type Collected = NamesFile & {
  /** False where the driver cannot read it, or finds nothing in it. */
  readonly isReadable?: false;
};

const names = (connectString: string, text: string, more = ''): Collected => ({
  files: { 'tnsnames.ora': text, ...(more !== '' && { 'more.ora': more }) },
  connectString,
});
const direct = (connectString: string): Collected => names(connectString, '');

export const COLLECTED = ([one = 0, two = 0, three = 0, none = 0]: readonly number[]): readonly Collected[] => {
  const address = (port: number, host = '127.0.0.1') => `(ADDRESS=(PROTOCOL=TCP)(HOST=${host})(PORT=${port}))`;
  const data = (service: string) => `(CONNECT_DATA=(SERVICE_NAME=${service}))`;
  const entry = (port: number, service = 'FREEPDB1') => `(DESCRIPTION=${address(port)}${data(service)})`;
  return [
    // An entry is written again at the end, and the old one is left above.
    names('orders', `ORDERS = ${entry(one, 'OTHERPDB')}\n\n# moved in spring\nORDERS = ${entry(two)}\n`),
    names('orders', `orders,orders_low = ${entry(one)}\nBILLING,Orders = ${entry(two)}\n`),
    // A comment behind an address.
    names(
      'oltp',
      `OLTP =\n  (DESCRIPTION =\n    (ADDRESS_LIST =\n      (LOAD_BALANCE = ON)\n      (FAILOVER = ON)\n      ${address(one)} # first virtual address\n      ${address(two)}\n    )\n    ${data('FREEPDB1')}\n  )\n`,
    ),
    names('oltp', `OLTP = # (the old one)\n${entry(one)}`),
    // Easy connect in the file.
    names('orders', `orders = tcp://127.0.0.1:${one}/FREEPDB1?retry_count=2&retry_delay=3\n`),
    names('orders', `orders=127.0.0.1:${one}/FREEPDB1\nbilling=127.0.0.2:${two}/FREEPDB1`),
    // An indented alias: the first of a file, and one behind an entry, which takes it for its own.
    names(
      'orders_high',
      `\n  orders_high = (description= (retry_count=2)(retry_delay=3)${address(one)}${data('high')})\n`,
    ),
    { ...names('orders_high', `orders = ${entry(one)}\n  orders_high = ${entry(two)}\n`), isReadable: false },
    // IFILE.
    names('orders', 'IFILE=FOLDER/more.ora', `orders = ${entry(one)}`),
    names('orders', `orders = ${entry(one)}\nIFILE = FOLDER/more.ora\n`, `orders = ${entry(two)}`),
    { ...names('orders', `orders = ${entry(one)}\nIFILE = /nowhere/tnsnames.ora\n`), isReadable: false },
    // Byte order mark, CRLF, tabs, an empty file, a domain.
    names('orders', `\uFEFForders = ${entry(one)}\r\n`),
    names('orders', `\uFEFF# first\r\norders =\r\n\t${entry(one)}\r\n`),
    { ...names('orders', ''), isReadable: false },
    names('ORDERS.WORLD', `orders.world = ${entry(one)}\n`),
    { ...names('orders', `orders.world = ${entry(one)}\n`), isReadable: false },
    // Parentheses at the beginning of lines, and none to end the entry.
    names(
      'orders',
      `orders=\n(DESCRIPTION=\n(ADDRESS=(PROTOCOL=TCP)(HOST=db)(PORT=${one})\n)\n${data('FREEPDB1')}\n)\n`,
    ),
    { ...names('orders', `orders = (DESCRIPTION=${address(one)}${data('FREEPDB1')}\n`), isReadable: false },
    names('orders', `billing = ${entry(one)}\norders = ${entry(two)}\nSQLNET.AUTHENTICATION_SERVICES = (NONE)\n`),
    // Quotes, several addresses, lists of descriptions, TAF.
    direct(
      `(DESCRIPTION=(ADDRESS=(PROTOCOL=TCP)(HOST="127.0.0.1")(PORT=${one}))(CONNECT_DATA=(SERVICE_NAME="FREEPDB1")))`,
    ),
    direct(
      `(DESCRIPTION_LIST=(FAILOVER=on)(LOAD_BALANCE=off)(DESCRIPTION=(CONNECT_TIMEOUT=5)(RETRY_COUNT=2)(RETRY_DELAY=1)${address(none)}${data('A')})(DESCRIPTION=(RETRY_COUNT = 2)${address(one)}${data('B')}))`,
    ),
    direct(
      `(DESCRIPTION=(ENABLE=broken)(ADDRESS_LIST=(LOAD_BALANCE=on)(FAILOVER=on)${address(one)}${address(two)}${address(none)})(CONNECT_DATA=(SERVER=DEDICATED)(SERVICE_NAME=FREEPDB1)(FAILOVER_MODE=(TYPE=SELECT)(METHOD=BASIC)(RETRIES=180)(DELAY=5))))`,
    ),
    direct(`(DESCRIPTION=(FAILOVER=off)${address(one)}${address(two)}${data('FREEPDB1')})`),
    direct(`(DESCRIPTION=(SOURCE_ROUTE=yes)${address(one)}${address(two)}${data('FREEPDB1')})`),
    direct(
      `(description=\n (address=(protocol=tcps)(port=${three})(host=127.0.0.1))\n ${data('x_high')}(security=(ssl_server_dn_match=yes)))`,
    ),
    direct(
      `(DESCRIPTION=(ADDRESS=(PROTOCOL=tcps)(HOST=db)(PORT=${one}))${data('x')}(SECURITY=(SSL_SERVER_CERT_DN="CN=test")))`,
    ),
    // Easy connect.
    direct(
      `tcp://127.0.0.1:${one}/FREEPDB1?connect_timeout=60&transport_connect_timeout=5&retry_count=3&retry_delay=1&expire_time=10`,
    ),
    direct(`127.0.0.1,127.0.0.2:${one}/FREEPDB1`),
    direct(`db:${one},127.0.0.2:${two};127.0.0.3:${three}/FREEPDB1`),
    direct(`127.0.0.1:${one}/FREEPDB1:pooled`),
    direct(`[::1]:${one}/FREEPDB1`),
    direct(`127.0.0.1:${one}/FREEPDB1\n`),
    direct(`127.0.0.1:${one}`),
    direct(`//127.0.0.1:${one}/`),
    direct(`tcps://127.0.0.1:${one}/FREEPDB1?ssl_server_dn_match=off`),
  ];
};

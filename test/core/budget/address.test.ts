import { describe, expect, test } from 'vitest';
import { addressesIn } from '../../../src/core/budget/address.ts';

const at = (connectString: string) =>
  addressesIn(connectString, 'shop').map(({ host, port, service }) => `${host} ${port} ${service}`);

describe('the addresses in a connect string', () => {
  test.for<readonly [string, readonly string[]]>([
    ['oracle:1521/FREEPDB1', ['oracle.shop 1521 freepdb1']],
    ['ORACLE:1521/freepdb1', ['oracle.shop 1521 freepdb1']],
    ['//oracle/FREEPDB1', ['oracle.shop 1521 freepdb1']],
    ['  oracle/FREEPDB1\n', ['oracle.shop 1521 freepdb1']],
    ['tcps://oracle:2484/FREEPDB1?wallet_location=/w&retry_count=3', ['oracle.shop 2484 freepdb1']],
    ['oracle:1521/FREEPDB1:pooled', ['oracle.shop 1521 freepdb1']],
    ['oracle:1521/FREEPDB1:dedicated/orcl1', ['oracle.shop 1521 freepdb1']],
    ['oracle.shop:1521/FREEPDB1', ['oracle.shop 1521 freepdb1']],
    ['oracle.shop.svc:1521/FREEPDB1', ['oracle.shop 1521 freepdb1']],
    ['oracle.shop.svc.cluster.local.:1521/FREEPDB1', ['oracle.shop 1521 freepdb1']],
    ['db1.example.com,db2.example.com:1522/S', ['db2.example.com 1522 s', 'db1.example.com 1522 s']],
    ['db1.example.com:1523,db2.example.com/S', ['db2.example.com 1521 s', 'db1.example.com 1523 s']],
    ['[2001:DB8::1]:1521/S', ['2001:db8::1 1521 s']],
    ['10.0.0.7:1521/S', ['10.0.0.7 1521 s']],
    ['localhost:1521', ['localhost 1521 ']],
    [
      '(DESCRIPTION=(ADDRESS=(PROTOCOL=TCP)(HOST=oracle)(PORT=1521))(CONNECT_DATA=(SERVICE_NAME=FREEPDB1)))',
      ['oracle.shop 1521 freepdb1'],
    ],
    [
      '( description = (ADDRESS_LIST = (FAILOVER=on)\n (ADDRESS = (PROTOCOL = TCP)(HOST = "a.example.com")(PORT = 1))\n (ADDRESS=(HOST=b.example.com)(PROTOCOL=TCP))) (CONNECT_DATA = (SERVER=DEDICATED) (SERVICE_NAME = "S")) )',
      ['a.example.com 1 s', 'b.example.com 1521 s'],
    ],
    [
      '(DESCRIPTION=(ADDRESS=(PROTOCOL=TCP)(HOST=oracle)(PORT=1521))(CONNECT_DATA=(SID=FREE)))',
      ['oracle.shop 1521 sid=free'],
    ],
    ['ORDERS', []],
    ['orders.example.com', []],
    ['key POOL of Secret db/1', []],
    ['jdbc:oracle:thin:@//oracle:1521/S', []],
    ['app/secret@oracle:1521/S', []],
    ['(DESCRIPTION=(ADDRESS=(PROTOCOL=IPC)(KEY=x)))', []],
    ['', []],
  ])('%s', ([connectString, expected]) => {
    expect(at(connectString)).toEqual(expected);
  });
});

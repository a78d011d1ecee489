import { resolveConnectStr } from 'oracledb/lib/impl/parserHelpers.js';
import { describe, expect, test } from 'vitest';
import { foreignForm } from '../../../src/probe/oracle/foreign-strings.ts';

const WITH_SID =
  'host:port/service, or for a SID (DESCRIPTION=(ADDRESS=(PROTOCOL=tcp)(HOST=db)(PORT=1521))(CONNECT_DATA=(SID=FREE)))';

const FOREIGN: readonly (readonly [connectString: string, whose: string, instead: string])[] = [
  ['jdbc:oracle:thin:@//db:1521/ORDERS', 'JDBC', '//db:1521/ORDERS'],
  ['jdbc:oracle:thin:@db:1521/ORDERS', 'JDBC', 'db:1521/ORDERS'],
  [
    'JDBC:oracle:thin:@tcps://db:2484/orders.example.com?wallet_location=/w',
    'JDBC',
    'tcps://db:2484/orders.example.com',
  ],
  ['jdbc:oracle:thin:@orders_high?TNS_ADMIN=/opt/wallet', 'JDBC', 'orders_high'],
  ['jdbc:oracle:oci:@orders', 'JDBC', 'orders'],
  ['jdbc:p6spy:oracle:thin:@db:1521/ORDERS', 'JDBC', 'db:1521/ORDERS'],
  ['jdbc:oracle:thin:@db:1521:FREE', 'JDBC', WITH_SID],
  ['jdbc:oracle:thin:@(DESCRIPTION=(ADDRESS=(HOST=db)))', 'JDBC', 'the (DESCRIPTION=...) alone'],
  ['jdbc:oracle:thin:app/s3cr3t@//db:1521/ORDERS', 'JDBC', 'host:port/service'],
  ['jdbc:oracle:thin:app/s3cr3t:@x@db', 'JDBC', 'host:port/service'],
  ['jdbc:oracle:thin:@ldap://ldap:389/orders,cn=OracleContext', 'JDBC', 'host:port/service'],
  ['r2dbc:oracle://app:s3cr3t@db:1521/ORDERS', 'R2DBC', 'host:port/service'],
  ['oracle+oracledb://app:s3cr3t@db:1521/?service_name=ORDERS', 'SQLAlchemy', 'host:port/service'],
  ['oracle+cx_oracle://app:s3cr3t@orders', 'SQLAlchemy', 'host:port/service'],
  ['oracle://app:s3cr3t@db:1521/ORDERS', 'database URL', 'host:port/service'],
  ['https://db:1521/ORDERS', 'web address', 'host:port/service'],
  ['app/s3cr3t@//db:1521/ORDERS', 'with a user', 'host:port/service'],
  ['app/s3cr3t@orders', 'with a user', 'host:port/service'],
  ['app/p@ss/w0rd@db:1521/ORDERS', 'with a user', 'host:port/service'],
  ['/@orders', 'with a user', 'host:port/service'],
  ['orders?TNS_ADMIN=/opt/wallet', 'TNS alias', 'orders'],
  ['orders_high?tns_admin=/opt/wallet&x=y', 'TNS alias', 'orders_high'],
  ['db:1521:FREE', 'host:port:SID', WITH_SID],
  ['//db:1521:FREE', 'host:port:SID', WITH_SID],
  ['@orders', 'SQL*Plus', 'orders'],
  ['@//db/ORDERS', 'SQL*Plus', '//db/ORDERS'],
  ['@db:1521/ORDERS', 'SQL*Plus', 'db:1521/ORDERS'],
  ['@app/s3cr3t', 'with a user', 'host:port/service'],
  ['oci:dbname=//db/ORDERS', 'PHP', 'host:port/service'],
  ['oci:dbname=db:1521/ORDERS;charset=AL32UTF8', 'PHP', 'host:port/service'],
  ['oci:charset=AL32UTF8;dbname=orders', 'PHP', 'host:port/service'],
  ['Server=db;Port=1521;SID=FREE', 'ODP.NET', 'host:port/service'],
  ['Direct=True;Host=db;Service Name=ORDERS;User ID=app', 'ODP.NET', 'host:port/service'],
  ['"db:1521/ORDERS"', 'quotes', 'host:port/service'],
  ["'orders_high'", 'quotes', 'host:port/service'],
  ['ORDERS =\n  (DESCRIPTION=(ADDRESS=(HOST=db)))', 'entry of a tnsnames.ora', 'the (DESCRIPTION=...) alone'],
  ['Data Source=db:1521/ORDERS;User Id=app;Password=s3cr3t', 'ODP.NET', 'host:port/service'],
  ['User Id=app;Password=s3cr3t;Data Source=db:1521/ORDERS', 'ODP.NET', 'host:port/service'],
  ['user="app" password="s3cr3t" connectString="db:1521/ORDERS"', 'godror', 'host:port/service'],
];

const OWN = [
  'db:1521/ORDERS',
  '//db/ORDERS',
  '//db:1521/',
  'db:1521',
  'tcps://db:2484/ORDERS?ssl_server_cert_dn="CN=db@example.com"&wallet_location=/w',
  'db1,db2:1521/ORDERS',
  'db:1521/ORDERS:pooled',
  '127.0.0.1:1521:dedicated',
  '[::1]:1521/ORDERS',
  'orders_high',
  'orders.world',
  '(DESCRIPTION=(ADDRESS=(HOST=db)(PORT=1521))(CONNECT_DATA=(SERVICE_NAME=a@b)))',
];

describe('a connect string of another driver', () => {
  test.for(FOREIGN)('%j is %s: write %s', ([connectString, whose, instead]) => {
    const form = foreignForm(` ${connectString}\n`);
    expect(form?.whose).toContain(whose);
    expect(String(form?.instead)).toBe(instead);
    expect([form?.whose, String(form?.instead)].join()).not.toMatch(/s3cr3t|ss\/w0rd|app/);
  });

  test.for(FOREIGN.filter(([, whose]) => whose !== 'TNS alias'))(
    '%j: node-oracledb takes it for no address',
    async ([connectString]) => {
      await expect(resolveConnectStr(connectString)).rejects.toThrow(/NJS-5/);
    },
  );
});

test.for(OWN)('%j is none', (connectString) => {
  expect(foreignForm(connectString)).toBeUndefined();
});

test.for(['a', 'a=', 'jdbc:', 'x:', '(', '@', ' ', 'a=b;', '?', '/', '@1:', '1', 'oci:;', 'oci:dbname=;', 'host;'])(
  '4 KiB of %j take no time',
  (part) => {
    const text = part.repeat(4096 / part.length);
    const from = performance.now();
    foreignForm(text);
    foreignForm(`jdbc:oracle:thin:@${text}`);
    expect(performance.now() - from).toBeLessThan(500);
  },
);

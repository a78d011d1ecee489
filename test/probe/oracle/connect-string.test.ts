import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readParameters } from '../../../src/probe/input/parameters.ts';
import { resolveConnectString } from '../../../src/probe/oracle/connect-string.ts';
import { errorText } from '../../../src/probe/verdict/driver-text.ts';
import { ProbeError } from '../../../src/probe/verdict/probe-error.ts';
import { Progress } from '../../../src/probe/verdict/progress.ts';
import { environment } from '../environment.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'names-'));
});
afterEach(() => rm(folder, { recursive: true }));

const descriptor = (host: string) =>
  `(DESCRIPTION=(ADDRESS=(PROTOCOL=tcp)(HOST=${host})(PORT=1521))(CONNECT_DATA=(SERVICE_NAME=sv)))`;

/** What the driver gets for a connect string, with this tnsnames.ora. */
async function resolved(connectString: string, tnsnames?: string): Promise<string> {
  if (tnsnames !== undefined) await writeFile(join(folder, 'tnsnames.ora'), tnsnames);
  const read = readParameters(environment(connectString));
  if (read.kind === 'invalid') throw new Error(String(read.problem));
  const parameters = { ...read.parameters, tnsDir: tnsnames === undefined ? undefined : folder };
  return (await resolveConnectString(parameters, new Progress())).database.connectString;
}

/** Reason or code, and text, of the error. */
async function failure(connectString: string, tnsnames?: string): Promise<readonly [string, string]> {
  const error = await resolved(connectString, tnsnames).then(
    (text) => new Error(`resolved to ${text}`),
    (thrown: unknown) => thrown,
  );
  return [error instanceof ProbeError ? error.reason : errorText(error).slice(0, 7), errorText(error)];
}

describe('a connect string becomes a descriptor', () => {
  test.for<[string, string, string | undefined]>([
    ['an easy connect string', 'db/sv', undefined],
    ['an easy connect string with limits', 'db/sv?retry_count=20&retry_delay=3&expire_time=1', undefined],
    ['a descriptor', descriptor('db'), undefined],
    ['an alias', 'orders', `orders = ${descriptor('db')}`],
    ['an alias with an easy connect string', 'ORDERS', `orders=db:1521/sv?retry_count=20`],
    ['an alias with white space around it', ' orders\n', `orders = ${descriptor('db')}`],
    ['the last of two entries', 'orders', `orders = ${descriptor('old')}\norders = ${descriptor('db')}`],
  ])('%s', async ([, connectString, tnsnames]) => {
    expect((await resolved(connectString, tnsnames)).replaceAll('TCP', 'tcp')).toBe(descriptor('db'));
  });

  test('with at most 10 s for an address', async () => {
    const text = '(DESCRIPTION=(CONNECT_TIMEOUT=60)(ADDRESS=(PROTOCOL=tcp)(HOST=db)))';
    expect(await resolved(text)).toBe('(DESCRIPTION=(CONNECT_TIMEOUT=6)(ADDRESS=(PROTOCOL=tcp)(HOST=db)))');
  });
});

describe('an alias that is not there', () => {
  test('is answered with those that are', async () => {
    const tnsnames = `Orders_High, orders_low = ${descriptor('db')}\nbilling=db:1521/sv\nwallet_password=hunter2\nhunter2\n`;
    const [code, text] = await failure('orders', tnsnames);
    expect(code).toBe('NJS-517');
    expect(text).toContain('(it has the aliases BILLING, ORDERS_HIGH, ORDERS_LOW)');
    expect(text).not.toMatch(/hunter2|wallet_password/i);
  });

  test('of many only eight are told', async () => {
    const many = Array.from({ length: 500 }, (_, index) => `a${index + 100} = ${descriptor('db')}`).join('\n');
    const [, text] = await failure('orders', many);
    expect(text).toMatch(/aliases A100, A101, A102, A103, A104, A105, A106, A107 and 492 more\)$/);
  });

  test('in a file without any', async () => {
    expect((await failure('orders', '# nothing\n'))[1]).toContain('(it has the aliases (none))');
  });

  test('in a wallet without a file', async () => {
    const read = readParameters(environment('orders'));
    if (read.kind === 'invalid') throw new Error(String(read.problem));
    const resolving = resolveConnectString({ ...read.parameters, tnsDir: folder }, new Progress());
    await expect(resolving).rejects.toMatchObject({ code: 'NJS-520' });
  });

  test('without a file', async () => {
    expect((await failure('orders'))[0]).toBe('NJS-516');
  });
});

describe('a tnsnames.ora that the driver cannot read', () => {
  test.for<[string, string, RegExp]>([
    [
      'another entry is broken',
      `orders = ${descriptor('db')}\nbilling = (DESCRIPTION=(ADDRESS=\n`,
      /ORDERS, and entries for which the driver gives the whole file up: billing$/,
    ],
    [
      'a line is broken that may be anything',
      `s3cr3t(x\nbilling, sales = (x\norders = ${descriptor('db')}\n`,
      /ORDERS, and entries for which the driver gives the whole file up: billing and 1 more$/,
    ],
    [
      'an IFILE is not there',
      `IFILE = /nowhere/more.ora\norders = ${descriptor('db')}\n`,
      /ORDERS, and entries for which the driver gives the whole file up: IFILE \(IFILE has to name a file that the probe has\)$/,
    ],
    [
      'an IFILE is a folder',
      `IFILE = /tmp\norders = ${descriptor('db')}\n`,
      /up: IFILE \(IFILE has to name a file that the probe has\)$/,
    ],
    [
      'an IFILE is a device without an end',
      `ifile = /dev/zero\norders = ${descriptor('db')}\n`,
      /up: ifile \(IFILE has to name a file that the probe has\)$/,
    ],
    [
      'there are more broken entries than it tells',
      `orders = ${descriptor('db')}\n${"'\n".repeat(150)}billing = ${descriptor('db')}\n`,
      /ORDERS, and entries .*: \(100 without a name that can be shown\), and 51 that were not read after these$/,
    ],
    [
      'the entry is an alias again',
      `orders = billing\nbilling = ${descriptor('db')}\n`,
      /^the entry of the alias is neither/,
    ],
    ['the entry is no connect string', 'orders = s3cr3t:/x\n', /^the entry of the alias is neither/],
  ])('%s', async ([, tnsnames, expected]) => {
    const [reason, text] = await failure('orders', tnsnames);
    expect(reason).toBe('TnsnamesInvalid');
    expect(text).toMatch(expected);
    expect(text).not.toContain('s3cr3t');
  });
});

describe('a tnsnames.ora that names other files by IFILE', () => {
  const included = (lines: number, file: string) => `IFILE = ${folder}/${file}\n`.repeat(lines);

  const names = `orders = ${descriptor('db')}\n`;

  test('is read where it names itself once: the driver follows that four levels deep', async () => {
    expect(await resolved('orders', names + included(1, 'tnsnames.ora'))).toContain('HOST=db');
  });

  test.for([16, 1000])('is rejected where it names itself %i times', async (lines) => {
    const [reason, text] = await failure('orders', names + included(lines, 'tnsnames.ora'));
    expect(reason).toBe('TnsnamesInvalid');
    expect(text).toMatch(/^its IFILE lines name more than 32 files or 1 MiB, or a file that names itself$/);
  });

  test('is rejected where they lead to more than a Secret holds', async () => {
    await writeFile(join(folder, 'more.ora'), '#'.repeat(600 * 1024));
    const once = await resolved('orders', names + included(1, 'more.ora'));
    expect(once).toContain('HOST=db');
    expect((await failure('orders', names + included(2, 'more.ora')))[0]).toBe('TnsnamesInvalid');
  });

  test('is read with thirty of them', async () => {
    await writeFile(join(folder, 'more.ora'), names);
    expect(await resolved('orders', included(30, 'more.ora'))).toContain('HOST=db');
  });
});

describe('a connect string that is none', () => {
  test.for<[string, string, string]>([
    ['a descriptor that is cut off', '(DESCRIPTION=(ADDRESS=', 'ConnectStringInvalid'],
    ['a descriptor with a parenthesis too few', '(DESCRIPTION=(ADDRESS=(HOST=db))', 'NJS-514'],
    ['more than 4096 bytes', `db/${'s'.repeat(5000)}`, 'ConnectStringInvalid'],
    ['what is too deep', `${'(A='.repeat(100)}x${')'.repeat(100)}`, 'NJS-522'],
    ['a JDBC URL', 'jdbc:oracle:thin:@db:1521/sv', 'ConnectStringUnsupported'],
  ])('%s', async ([, connectString, reason]) => {
    expect((await failure(connectString))[0]).toBe(reason);
  });
});

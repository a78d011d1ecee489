/** Foreign text costs what its length is: of driver, listener and database, of connect strings and files. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseLogonResults } from '../../../src/contract/logon-results.ts';
import { readParameters } from '../../../src/probe/input/parameters.ts';
import { rejectProvider } from '../../../src/probe/input/provider.ts';
import { resolveConnectString } from '../../../src/probe/oracle/connect-string.ts';
import { foreignForm } from '../../../src/probe/oracle/foreign-strings.ts';
import { Progress } from '../../../src/probe/verdict/progress.ts';
import { redactorFor } from '../../../src/probe/verdict/redact.ts';
import { encodeVerdict } from '../../../src/probe/verdict/termination-message.ts';
import { failureVerdict } from '../../../src/probe/verdict/verdict.ts';
import { environment } from '../environment.ts';

const SMALL = 64 * 1024;
const LARGE = 1024 * 1024;

/** What a pattern or a loop may trip over, as long as one likes. */
const UNITS: readonly string[] = [
  ' ',
  '\n',
  ' \n#',
  '(',
  '(CONNECTION_ID=',
  ' (CONNECTION_ID=',
  'Help: https:',
  ' Help: http',
  '.',
  '. ',
  '1.',
  'a.',

  ':',
  'a:',
  '1:',
  '@',
  '/',
  '?',
  '=',
  '"',
  '#',
  '*',
  'x',
  'a@',
  'PASSWORD',
  'PASSWORD ',
  'PASSWORD= ',
  'PASSWORD=a)',

  'HOST = ',
  'jdbc:oracle:',
  'config-a',
  'ORA-00604: x\n',
  'NJS-500: x\n',
  'NJS-506: unable to\n',
  'ORA-12514: x\n',
  'ORA-02063: preceding 2 lines\n',
  '\nCause: ORA-1',
  '\u{1F600}',
  '\u0000',
  '\u00e4',
  '\ud800',
  '-----BEGIN',
];

const repeated = (unit: string, length: number) => unit.repeat(Math.ceil(length / unit.length)).slice(0, length);

/** All that the probe does with a text of the driver and with a connect string, whoever wrote them. */
function verdictOf(text: string): string {
  const isSecret = { PROBE_SECRET_CONNECT_STRING: 'true' };
  // A connect string of this length withholds the texts.
  const withhold = redactorFor({ DB_CONNECT_STRING: text });
  const redact = redactorFor({
    DB_CONNECT_STRING: 'db:1521/a.x',
    DB_PASSWORD: `b${text}`,
    WALLET_PASSWORD: text,
    ...isSecret,
  });
  const progress = new Progress();
  progress.reach('logon');
  progress.user = text;
  progress.database = { service: text };
  progress.warnings.push(text);
  rejectProvider(text);
  foreignForm(text);
  parseLogonResults(text);
  withhold(text, text);
  const errors = [`ORA-28000: ${text}`, `NJS-503: ${text}`, text];
  return errors
    .map((message) => encodeVerdict(failureVerdict(Object.assign(new Error(message), { code: '' }), progress, redact)))
    .join('');
}

/** Milliseconds of this thread, however busy the machine is. */
async function cost(act: () => unknown): Promise<number> {
  const from = process.threadCpuUsage();
  await act();
  const { user, system } = process.threadCpuUsage(from);
  return (user + system) / 1000;
}

/** Below that, the clock and the compiler say more than the text. */
const FLOOR_MS = 5;

/** `act` with a text of 1 MiB costs at most 60 times what it costs with 64 KiB. Returns its cost in milliseconds. */
async function expectLinear(unit: string, act: (text: string) => unknown): Promise<number> {
  const [small, large] = [repeated(unit, SMALL), repeated(unit, LARGE)];
  await act(small); // compiles what it runs
  const few = await cost(() => act(small));
  // Where this alone takes seconds, the large one would take minutes.
  expect(few).toBeLessThan(1000);
  const many = await cost(() => act(large));
  expect(many / Math.max(few, FLOOR_MS)).toBeLessThan(60);
  return many;
}

describe('a text is read in one pass', { timeout: 120_000 }, () => {
  test.for(UNITS)('%j', async (unit) => {
    await expectLinear(unit, verdictOf);
  });
});

/** What a tnsnames.ora may be full of. A Secret holds 1 MiB at most. */
const FILES: readonly string[] = [
  ' ',
  '\n',
  '(',
  '(a=b)',
  '=',
  '"\n',
  '\n#',
  '\n a',
  '\nIFILE=a\n',
  '\\\n',
  "'\n",
  '=\n',
  'a=b\n',
  'X=(DESCRIPTION=(ADDRESS=(HOST=a)))\n',
];

describe('a tnsnames.ora is read in one pass', { timeout: 120_000 }, () => {
  const read = readParameters(environment('DB'));
  if (read.kind === 'invalid') throw new Error(String(read.problem));
  const { parameters } = read;

  test.for(FILES)('%j', async (unit) => {
    const tnsDir = mkdtempSync(join(tmpdir(), 'tnsnames-'));
    try {
      const ms = await expectLinear(unit, async (text) => {
        writeFileSync(join(tnsDir, 'tnsnames.ora'), text);
        const resolved = resolveConnectString({ ...parameters, tnsDir }, new Progress());
        await expect(resolved).rejects.toThrow(/NJS-517|it has the aliases|its IFILE lines/);
      });
      // A pod of the probe has a twentieth of a CPU, and 60 s.
      expect(ms).toBeLessThan(2000);
    } finally {
      rmSync(tnsDir, { recursive: true });
    }
  });
});

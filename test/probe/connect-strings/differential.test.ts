/**
 * The probe must reach what a backend reaches: whatever a connect string and a tnsnames.ora say, probe and bare driver ask the same
 * addresses in the same order for the same service, with the same security.
 */
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import fc from 'fast-check';
import oracledb from 'oracledb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readParameters } from '../../../src/probe/input/parameters.ts';
import { probe } from '../../../src/probe/probe.ts';
import { Progress } from '../../../src/probe/verdict/progress.ts';
import { redactorFor } from '../../../src/probe/verdict/redact.ts';
import { environment } from '../environment.ts';
import { COLLECTED } from './collected.ts';
import { type NamesFile, namesFiles } from './files.ts';
import { type Dial, Recorder } from './recorder.ts';

const RUNS = 2000;

const UNREADABLE = ['ConnectStringInvalid', 'ConnectStringUnsupported', 'TnsAliasNotFound', 'TnsnamesInvalid'];

/** Reasons where no address is tried. */
const NOBODY_DIALLED = [...UNREADABLE, 'HostNotFound', 'WalletMissing', 'UnsupportedByProbe'];

const authorities = getCACertificates('default');
let recorder: Recorder;
let root: string;
let folders = 0;

beforeAll(async () => {
  recorder = await Recorder.start();
  root = await mkdtemp(join(tmpdir(), 'names-'));
  setDefaultCACertificates([...authorities, recorder.certificate.cert]);
});
afterAll(async () => {
  setDefaultCACertificates(authorities);
  await recorder[Symbol.asyncDispose]();
  await rm(root, { recursive: true });
});

type Dials = { readonly probe: readonly Dial[]; readonly bare: readonly Dial[] };

type Reached = Dials & {
  readonly accepted: Dials;
  readonly reason: string;
  readonly error: string;
};

/**
 * What the probe and what the bare driver dial: first with each address refused, which shows their order, then with the last one accepted.
 * A folder for each file, because the driver keeps what it has read.
 */
async function reach({ files, connectString }: NamesFile, hasWallet: boolean): Promise<Reached> {
  const folder = join(root, String((folders += 1)));
  await mkdir(folder);
  const { cert, key } = recorder.certificate;
  const texts = { ...files, ...(hasWallet && { 'ewallet.pem': cert + key }) };
  for (const [name, text] of Object.entries(texts))
    await writeFile(join(folder, name), text.replaceAll('FOLDER', folder));
  const string = connectString.replaceAll('FOLDER', folder);
  const variables = environment(string, { WALLET_DIR: folder, PROBE_TIMEOUT_SECONDS: '60' });
  const options = { user: 'APP', password: 'right', connectString: string, configDir: folder };
  const wallet = hasWallet ? { walletLocation: folder } : {};
  const said = { reason: '', error: '' };
  const byProbe = async () => {
    said.reason = (await probe(readParameters(variables), new Progress(), redactorFor(variables))).reason;
  };
  const byDriver = () =>
    oracledb.getConnection({ ...options, ...wallet }).catch((thrown: unknown) => (said.error = String(thrown)));
  const ofProbe = await recorder.record(byProbe);
  const ofDriver = await recorder.record(byDriver);
  const result = { probe: ofProbe.map(essential), bare: ofDriver.map(essential), ...said };
  // With retries, the driver comes to the last address in another round.
  if (ofProbe.length === 0 || hasRetries({ files, connectString }))
    return { ...result, accepted: { probe: [], bare: [] } };
  const last = ofProbe.length - 1;
  const accepted = { probe: await recorder.record(byProbe, last), bare: await recorder.record(byDriver, last) };
  return { ...result, accepted: { probe: accepted.probe.map(essential), bare: accepted.bare.map(essential) } };
}

const hasRetries = ({ files, connectString }: NamesFile) => /retry_count/i.test(JSON.stringify(files) + connectString);

/** Without what tells one connection from another, and without time limits and the place of the wallet, which the probe sets itself. */
const essential = (dial: Dial): Dial => ({
  ...dial,
  asks: dial.asks
    ?.replaceAll(/\(CONNECTION_ID=[^)]*\)|\(CID=.*?\)\)/g, '')
    .replaceAll(
      /\((?:CONNECT_TIMEOUT|TRANSPORT_CONNECT_TIMEOUT|EXPIRE_TIME|WALLET_LOCATION|MY_WALLET_DIRECTORY)=[^)]*\)/g,
      '',
    )
    .replaceAll('(SECURITY=)', ''),
});

/** One line for each dial. With retries, the driver goes through the same addresses several times, and the probe once. */
function linesOf(dials: readonly Dial[], file: NamesFile): readonly string[] {
  const lines = dials.map((dial) => JSON.stringify(dial));
  return hasRetries(file) ? [...new Set(lines)] : lines;
}

function compare(file: NamesFile, { probe, bare, accepted, reason, error }: Reached): void {
  expect({ dials: linesOf(probe, file), reason, error }).toEqual({ dials: linesOf(bare, file), reason, error });
  expect(linesOf(accepted.probe, file)).toEqual(linesOf(accepted.bare, file));
  // Nothing was dialled for a cause that the probe names, and what was dialled could be read.
  const allowed = bare.length === 0 ? NOBODY_DIALLED.includes(reason) : !UNREADABLE.includes(reason);
  expect({ allowed, reason, error }).toEqual({ allowed: true, reason, error });
}

test('the driver is pinned to the version that these tests were written for, and the decision names it', () => {
  const read = (path: string) => readFileSync(join(import.meta.dirname, '../../..', path), 'utf8');
  const { dependencies } = JSON.parse(read('package.json')) as { readonly dependencies: Record<string, string> };
  expect(dependencies['oracledb']).toBe(oracledb.versionString);
  expect(read('docs/decisions/0080-the-driver-reads-the-connect-string.md')).toContain(oracledb.versionString);
});

describe('probe and driver ask the same addresses for the same', () => {
  test('for each collected file', async () => {
    for (const collected of COLLECTED(recorder.ports)) {
      const reached = await reach(collected, false);
      compare(collected, reached);
      const { connectString, isReadable = true } = collected;
      expect({ connectString, isReadable: reached.bare.length > 0 }).toEqual({ connectString, isReadable });
    }
  });

  test(`for ${RUNS} generated files`, { timeout: 300_000 }, async () => {
    const seen = { files: 0, dialled: 0, tls: 0, several: 0, certificates: 0, asked: 0, accepted: 0 };
    const property = fc.asyncProperty(namesFiles(recorder.ports), fc.boolean(), async (file, hasWallet) => {
      const reached = await reach(file, hasWallet);
      compare(file, reached);
      seen.files += 1;
      seen.dialled += Number(reached.bare.length > 0);
      seen.several += Number(new Set(reached.bare.map(({ address }) => address)).size > 1);
      seen.tls += Number(reached.bare.some(({ isTls }) => isTls));
      seen.certificates += Number(reached.bare.some(({ hasCertificate }) => hasCertificate));
      seen.asked += Number(reached.bare.some(({ asks }) => asks !== undefined));
      seen.accepted += Number(reached.accepted.bare.some(({ isAccepted }) => isAccepted));
    });
    await fc.assert(property, { numRuns: RUNS });
    // The files are about something.
    expect(seen.dialled).toBeGreaterThan(RUNS / 3);
    for (const count of [seen.several, seen.tls, seen.asked, seen.accepted]) expect(count).toBeGreaterThan(RUNS / 10);
    expect(seen.certificates).toBeGreaterThan(RUNS / 50);
  });
});

/** Why no address of the connect string let the probe in, or which of them did not. */
import dns from 'node:dns';
import { isIP } from 'node:net';
import { errorText } from '../verdict/driver-text.ts';
import { own } from '../verdict/own-text.ts';
import { ProbeError } from '../verdict/probe-error.ts';
import type { Progress } from '../verdict/progress.ts';
import { type Attempt, furthestOf, hostNotFound, summaryOf } from './attempts.ts';
import { parseDescriptor } from './connect-string.ts';
import { codeOf } from './driver-error.ts';
import { addressesIn, type DescribedAddress, type Descriptor, namesService } from './descriptor.ts';
import type { NetworkWatch } from './network-stage.ts';
import { within } from './time-limit.ts';

/** A lookup that takes longer says nothing more. */
const LOOKUP_TIMEOUT_MS = 2000;

/** So many hosts are looked up. */
const MAX_LOOKUPS = 8;

/**
 * The error to throw for a logon that failed with `error`: that of the address that came furthest, with what the others said. Reports its
 * stage to the progress.
 */
export async function explain(error: unknown, { connectString, network, progress }: Logon): Promise<unknown> {
  if (network.attempts.at(-1)?.stage === 'server') return error;
  const descriptor = parseDescriptor(connectString);
  const furthest = furthestOf([...network.attempts, ...(await failedLookups(descriptor, network, error))]);
  if (furthest === undefined) return isUnusable(error) ? unusable(error) : error;
  progress.reach(furthest.attempt.stage);
  if (furthest.failure.reason === 'ServiceUnknown' && !namesService(descriptor))
    return new ProbeError('ServiceNameMissing', furthest.text);
  return Object.assign(new Error(furthest.text, { cause: error }), { code: furthest.failure.code });
}

type Logon = {
  /** The descriptor that the driver got. */
  readonly connectString: string;
  readonly network: NetworkWatch;
  readonly progress: Progress;
};

/** The descriptor could be parsed, but the driver does not get an address out of it. Other drivers may. */
const isUnusable = (error: unknown) =>
  error instanceof TypeError || (/^NJS-512\b/.test(errorText(error)) && !/ENOENT|EACCES/.test(errorText(error)));

const unusable = (error: unknown) =>
  new ProbeError('UnsupportedByProbe', own`node-oracledb cannot use this descriptor: ${errorText(error)}`);

/** A logon succeeded although some addresses failed before. */
export function warnOfFailedAddresses({ attempts }: NetworkWatch, progress: Progress): void {
  const failed = attempts.slice(0, -1);
  if (failed.length > 0)
    progress.warnings.push(own`Addresses failed before one let the probe in: ${summaryOf(failed)}`);
}

/** The driver skips a host that does not resolve and does not say so. Each host that it has not tried is looked up once more. */
async function failedLookups(
  descriptor: Descriptor,
  { attempts }: NetworkWatch,
  error: unknown,
): Promise<readonly Attempt[]> {
  // NJS-512: of several ADDRESS_LISTs, one with a host that does not resolve confuses the driver.
  const isAboutHosts = attempts.length > 0 || error instanceof ProbeError || /^NJS-5(?:12|30)\b/.test(errorText(error));
  if (!isAboutHosts) return [];
  const tried = new Set(attempts.map(({ host }) => host));
  const untried = addressesIn(descriptor).filter(
    ({ host, isBehindProxy }) => host !== '' && !isBehindProxy && isIP(host) === 0 && !tried.has(host),
  );
  const failed = await Promise.all(untried.slice(0, MAX_LOOKUPS).map(failedLookup));
  return failed.flat();
}

async function failedLookup({ host, port }: DescribedAddress): Promise<readonly Attempt[]> {
  const found = dns.promises.lookup(host).then(
    () => undefined,
    (error: unknown) => codeOf(error) ?? String(error),
  );
  const problem = await within(LOOKUP_TIMEOUT_MS, found, () => 'no answer of DNS');
  return problem === undefined
    ? []
    : [{ host, port, stage: 'resolve', error: hostNotFound(`${host} does not resolve: ${problem}`) }];
}

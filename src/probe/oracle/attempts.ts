/** The addresses that a logon has tried, and what each said. Pure. */
import { STAGES, type Stage } from '../../contract/verdict.ts';
import { classify, type Failure } from '../verdict/classify.ts';
import { errorText } from '../verdict/driver-text.ts';

/** One address that the driver tried. `error` is missing where time ran out. */
export type Attempt = {
  readonly host: string;
  readonly port: number;
  /** How far it came; `server` where its listener accepted. */
  readonly stage: Stage;
  readonly error?: unknown;
};

/** The driver's code for a host that does not resolve, where the driver says less. */
export const hostNotFound = (problem: string): Error =>
  Object.assign(new Error(`NJS-530: ${problem}`), { code: 'NJS-530' });

type Result = Attempt & { readonly address: string; readonly text: string; readonly failure: Failure };

export type Furthest = {
  readonly attempt: Attempt;
  readonly failure: Failure;
  /** The driver's text on this address. Where several were tried, their summary follows on a line of its own. */
  readonly text: string;
};

/** So many addresses are told. */
const MAX_ADDRESSES = 6;

/** Long enough for the name of a load balancer. */
const MAX_HOST_LENGTH = 80;

/**
 * The address that came furthest: its failure is the reason of the verdict. Of those that came equally far, an answer counts more than
 * silence. The order of trial does not count, because the driver may draw it: the same answers give the same text.
 */
export function furthestOf(attempts: readonly Attempt[]): Furthest | undefined {
  const results = attempts.map(resultOf).toSorted(byProgress);
  const [first, ...others] = results;
  if (first === undefined) return undefined;
  const isAlone = others.every(({ address }) => address === first.address);
  const { failure, text } = first;
  return { attempt: first, failure, text: isAlone ? text : `${text}\n(${listed(results)})` };
}

/** What each address said, as "db1:1521 ConnectionRefused, db2:1521 ServiceUnknown". */
export const summaryOf = (attempts: readonly Attempt[]): string => listed(attempts.map(resultOf));

function listed(results: readonly Result[]): string {
  const all = results.map(({ address, failure }) => `${address} ${failure.reason}`);
  const distinct = [...new Set(all)].toSorted();
  const more = distinct.length - MAX_ADDRESSES;
  return distinct.slice(0, MAX_ADDRESSES).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

function resultOf(attempt: Attempt): Result {
  const { host, port, stage, error } = attempt;
  const text = error === undefined ? 'NJS-510: the connection timed out' : errorText(error);
  const name = host.slice(0, MAX_HOST_LENGTH);
  return {
    ...attempt,
    address: `${name.includes(':') ? `[${name}]` : name}:${port}`,
    text,
    failure: classify(text, stage),
  };
}

const byProgress = (one: Result, other: Result) =>
  rankOf(other) - rankOf(one) || one.address.localeCompare(other.address) || one.text.localeCompare(other.text);

const rankOf = ({ failure, error }: Result) => 2 * STAGES.indexOf(failure.stage) + (error === undefined ? 0 : 1);

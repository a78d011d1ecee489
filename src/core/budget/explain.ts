/** The arithmetic of the budget in a person's words: "max 40 x (6 + 2 surge + 6 terminating) = 560, others 120, ...". */
import type { Judgement } from './assess.ts';
import type { Limit } from './limit.ts';
import type { Part, Sum } from './peak.ts';

/** `unknown` says why no limit is known, where none is. */
export function judgementInWords({ sum, others, limit, excess, wouldFit }: Judgement, unknown: string): string {
  const all = `${sumInWords(sum)}, others${limit?.user === undefined ? '' : ` of ${limit.user}`} ${others}`;
  if (limit === undefined || excess === undefined) return `${all}, no limit is known: ${unknown}`;
  if (excess <= 0) return `${all}, ${limitInWords(limit)}: ${-excess} to spare`;
  const advice = wouldFit === undefined ? 'no max would fit' : `max ${wouldFit} would fit`;
  return `${all}, ${limitInWords(limit)}: ${excess} too many, ${advice}`;
}

export function sumInWords({ parts, poolsPerPod, sessions }: Sum): string {
  const pools = poolsPerPod === 1 ? '' : `${poolsPerPod} pools x `;
  const terms = [...Map.groupBy(parts.filter(isAny(parts)), ({ max }) => max)].map(
    ([max, ofMax]) => `${max} x ${pools}${podsInWords(ofMax)}`,
  );
  return `max ${terms.join(' + ')} = ${sessions}`;
}

/** Parts without pods go unsaid, unless there are no others. */
const isAny = (parts: readonly Part[]) => (part: Part) => part.pods > 0 || (part === parts[0] && parts.every(isEmpty));

const isEmpty = ({ pods }: Part) => pods === 0;

function podsInWords(parts: readonly Part[]): string {
  const words = parts.map(({ role, pods }) => (role === 'running' ? String(pods) : `${pods} ${role}`));
  return words.length === 1 ? words.join('') : `(${words.join(' + ')})`;
}

export function limitInWords({ name, value, reserve, reserveOf, smallestOf, user }: Limit): string {
  const whose = user === undefined ? '' : ` of ${user}`;
  const source = smallestOf === undefined ? '' : ` (the smallest, by ${smallestOf})`;
  return `${name} ${value}${whose}${source}${reserveInWords(reserve, reserveOf)}`;
}

function reserveInWords(reserve: number, of: string | undefined): string {
  if (reserve === 0) return '';
  return ` - ${reserve} reserve${of === undefined ? '' : ` (the largest, by ${of})`}`;
}

/** The arithmetic of the budget in a person's words: "max 40 x (6 + 2 surge + 6 terminating) = 560, others 120, ...". */
import type { Fit } from './assess.ts';
import type { Limit } from './limit.ts';
import type { Term, SessionSum } from './peak.ts';

/** `unknown` says why no limit is known, where none is. */
export function explainFit({ sum, otherSessions, limit, excess, largestMax }: Fit, unknown: string): string {
  const all = `${explainSum(sum)}, others${limit?.user === undefined ? '' : ` of ${limit.user}`} ${otherSessions}`;
  if (limit === undefined || excess === undefined) return `${all}, no limit is known: ${unknown}`;
  if (excess <= 0) return `${all}, ${explainLimit(limit)}: ${-excess} to spare`;
  const advice = largestMax === undefined ? 'no max would fit' : `max ${largestMax} would fit`;
  return `${all}, ${explainLimit(limit)}: ${excess} too many, ${advice}`;
}

export function explainSum({ terms, poolsPerPod, sessions }: SessionSum): string {
  const pools = poolsPerPod === 1 ? '' : `${poolsPerPod} pools x `;
  const words = [...Map.groupBy(terms.filter(isAny(terms)), ({ max }) => max)].map(
    ([max, ofMax]) => `${max} x ${pools}${explainPods(ofMax)}`,
  );
  return `max ${words.join(' + ')} = ${sessions}`;
}

/** Parts without pods go unsaid, unless there are no others. */
const isAny = (terms: readonly Term[]) => (term: Term) => term.pods > 0 || (term === terms[0] && terms.every(isEmpty));

const isEmpty = ({ pods }: Term) => pods === 0;

function explainPods(terms: readonly Term[]): string {
  const words = terms.map(({ role, pods }) => (role === 'running' ? String(pods) : `${pods} ${role}`));
  return words.length === 1 ? words.join('') : `(${words.join(' + ')})`;
}

export function explainLimit({ name, value, reserve, reserveSource, limitSource, user }: Limit): string {
  const whose = user === undefined ? '' : ` of ${user}`;
  const source = limitSource === undefined ? '' : ` (the smallest, by ${limitSource})`;
  return `${name} ${value}${whose}${source}${explainReserve(reserve, reserveSource)}`;
}

function explainReserve(reserve: number, of: string | undefined): string {
  if (reserve === 0) return '';
  return ` - ${reserve} reserve${of === undefined ? '' : ` (the largest, by ${of})`}`;
}

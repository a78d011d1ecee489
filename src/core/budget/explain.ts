/** The arithmetic of the budget as text: "max 40 x (6 + 2 surge + 6 terminating) = 560, others 120, ...". */
import type { Fit } from './assess.ts';
import type { Limit } from './limit.ts';
import type { Term, SessionSum } from './peak.ts';

/**
 * The sum of a whole group against its limit. Each change of a backend changes it for all others, so it belongs into a status
 * only where a rollout does not fit, or is held. `unknown` explains why no limit is known; it is used only then.
 */
export function explainFit({ sum, otherSessions, limit, excess, largestMax }: Fit, unknown: string): string {
  const all = `${explainSum(sum)}, others${limit?.user === undefined ? '' : ` of ${limit.user}`} ${otherSessions}`;
  if (limit === undefined || excess === undefined) return `${all}, no limit is known: ${unknown}`;
  if (excess <= 0) return `${all}, ${explainLimit(limit)}: ${-excess} to spare`;
  const advice = largestMax === undefined ? 'no max would fit' : `max ${largestMax} would fit`;
  return `${all}, ${explainLimit(limit)}: ${excess} too many, ${advice}`;
}

/** Without the sessions of other backends and of others, so that a change of those does not change this text. */
export function explainOwnSum({ sum, smallestLimit }: Fit, unknown: string): string {
  if (smallestLimit === undefined) return `${explainSum(sum)}, no limit is known: ${unknown}`;
  return `${explainSum(sum)}, ${explainLimit(smallestLimit)}: it fits beside the other backends`;
}

/** "max 40 x (6 + 2 surge + 6 terminating) = 560". */
export function explainSum({ terms, poolsPerPod, sessions }: SessionSum): string {
  const pools = poolsPerPod === 1 ? '' : `${poolsPerPod} pools x `;
  const words = [...Map.groupBy(worthShowing(terms), ({ max }) => max)].map(
    ([max, ofMax]) => `${max} x ${pools}${explainPods(ofMax)}`,
  );
  return `max ${words.join(' + ')} = ${sessions}`;
}

/** The terms with pods; the first one alone where no term has any. */
function worthShowing(terms: readonly Term[]): readonly Term[] {
  const withPods = terms.filter(({ pods }) => pods > 0);
  return withPods.length > 0 ? withPods : terms.slice(0, 1);
}

function explainPods(terms: readonly Term[]): string {
  const words = terms.map(({ role, pods }) => (role === 'running' ? String(pods) : `${pods} ${role}`));
  return words.length === 1 ? words.join('') : `(${words.join(' + ')})`;
}

/** "limit 600 (the smallest, by shop/orders) - 20 reserve", "processes 300 - 95 in use by others". */
function explainLimit({ name, value, reserve, reserveSource, limitSource, user, usedByOthers }: Limit): string {
  const whose = user === undefined ? '' : ` of ${user}`;
  const source = limitSource === undefined ? '' : ` (the smallest, by ${limitSource})`;
  return `${name} ${value}${whose}${source}${usedByOthers > reserve ? ` - ${usedByOthers} in use by others` : explainReserve(reserve, reserveSource)}`;
}

function explainReserve(reserve: number, source: string | undefined): string {
  if (reserve === 0) return '';
  return ` - ${reserve} reserve${source === undefined ? '' : ` (the largest, by ${source})`}`;
}

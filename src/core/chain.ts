/** Runs the guards and steps of decide.ts in order. */
import type { Claimed, Context } from './context.ts';
import type { StepResult } from './model/decision.ts';

/** A guard returns what it found, for the guards after it; or a result, which stops the chain. */
export type Guard = (found: Claimed) => StepResult | Partial<Claimed> | undefined;

export type Step = (context: Context) => StepResult;

export type Guarded =
  | { readonly isStopped: true; readonly found: Partial<Claimed>; readonly result: StepResult }
  | { readonly isStopped: false; readonly found: Claimed };

export function runGuards(guards: readonly Guard[], observed: Claimed['observed']): Guarded {
  let found: Partial<Claimed> = { observed };
  for (const guard of guards) {
    // A guard reads only what earlier guards have found, as the order of the list ensures.
    const result = guard(found as Claimed);
    if (isResult(result)) return { isStopped: true, found, result };
    found = { ...found, ...result };
  }
  return { isStopped: false, found: found as Claimed };
}

const isResult = (value: ReturnType<Guard>): value is StepResult => value !== undefined && 'progress' in value;

/** The results up to the first step that blocks. */
export function runSteps(steps: readonly Step[], context: Context): readonly StepResult[] {
  const results: StepResult[] = [];
  for (const step of steps) {
    const result = step(context);
    results.push(result);
    if (result.blocks) break;
  }
  return results;
}

import { describe, expect, test } from 'vitest';
import { type Guard, runGuards, runSteps, type Step } from '../../src/core/chain.ts';
import { contextOf } from '../../src/core/context.ts';
import { GUARDS } from '../../src/core/decide.ts';
import { PASSED, type StepResult } from '../../src/core/model/decision.ts';
import { findTarget } from '../../src/core/backend/find-target.ts';
import { deployment, observed, spec } from './builders.ts';
import { newConfig } from './rollout-builders.ts';

const target = findTarget(observed(), spec(), deployment());
if ('progress' in target) throw new Error('the Deployment of the builders has no container');
const context = contextOf({ observed: observed(), spec: spec(), config: newConfig, target, adopted: [] });

const stop: StepResult = { ...PASSED, progress: 'Stalled', blocks: true };

describe('runGuards', () => {
  test('runGuards gives each guard what the guards before it found, and returns all of it', () => {
    const found: object[] = [];
    const addSpec: Guard = (before) => {
      found.push(before);
      return { spec: context.spec };
    };
    const addNothing: Guard = (before) => {
      found.push(before);
      return undefined;
    };
    const addTarget: Guard = (before) => {
      found.push(before);
      return { target };
    };
    const seen = context.observed;
    expect(runGuards([addSpec, addNothing, addTarget], seen)).toEqual({
      isStopped: false,
      found: { observed: seen, spec: context.spec, target },
    });
    expect(found).toEqual([
      { observed: seen },
      { observed: seen, spec: context.spec },
      { observed: seen, spec: context.spec },
    ]);
  });

  test('runGuards stops at the first guard with a result, and keeps what was found before', () => {
    const unreached: Guard = () => {
      throw new Error('a guard after the one that stopped was called');
    };
    expect(runGuards([() => ({ spec: context.spec }), () => stop, unreached], context.observed)).toEqual({
      isStopped: true,
      found: { observed: context.observed, spec: context.spec },
      result: stop,
    });
  });
});

describe('runSteps', () => {
  const passed: Step = () => PASSED;
  const unfinished: StepResult = { ...PASSED, progress: 'Progressing' };

  test('runSteps returns the results of all steps where none blocks, in the order of the list', () => {
    expect(runSteps([passed, () => unfinished, passed], context)).toEqual([PASSED, unfinished, PASSED]);
  });

  test('runSteps ends with the first step that blocks', () => {
    const unreached: Step = () => {
      throw new Error('a step after the one that blocked was called');
    };
    expect(runSteps([passed, () => stop, unreached], context)).toEqual([PASSED, stop]);
  });

  test('runSteps gives every step the same context', () => {
    const given: object[] = [];
    const record: Step = (one) => {
      given.push(one);
      return PASSED;
    };
    runSteps([record, record], context);
    expect(given).toEqual([context, context]);
  });
});

describe('the guards of the operator', () => {
  /** Throws where a guard reads what no guard before it has found. */
  const strict = (found: object) =>
    new Proxy(found, {
      get: (object, key) => {
        if (!(key in object)) throw new Error(`${String(key)} is not found yet`);
        return Reflect.get(object, key) as unknown;
      },
    });

  test('the guards read only what those before them have found', () => {
    const inOrder = GUARDS.map(
      (guard: Guard): Guard =>
        (found) =>
          guard(strict(found) as typeof found),
    );
    expect(runGuards(inOrder, context.observed)).toEqual(runGuards(GUARDS, context.observed));
    expect(() => runGuards(inOrder.toReversed(), context.observed)).toThrow('is not found yet');
  });

  test('the guards find all that the context is made of', () => {
    const { found } = runGuards(GUARDS, context.observed);
    expect(Object.keys(found).toSorted()).toEqual(['adopted', 'config', 'observed', 'spec', 'target']);
  });
});

/** Runs steps and shows them: as a moving list on a terminal, as plain lines with times elsewhere. */
import { Listr, type ListrTask, PRESET_TIMER } from 'listr2';
import type { Run } from './run.ts';

type SingleStep = {
  readonly title: string;
  /** Does the step, with a `say` and signal of its own in `run`. The returned text is shown behind the title. */
  readonly run: (run: Run) => Promise<string | void>;
};

/** Steps that belong together: one after another, or concurrent. */
type Group = { readonly title: string; readonly steps: readonly Step[]; readonly isConcurrent?: boolean };

export type Step = SingleStep | Group;

export class StepFailed extends Error {
  override readonly name = 'StepFailed' as const;
  /** Title of the step. */
  readonly step: string;

  constructor(step: string, cause: unknown) {
    // One line for the list of steps; the command prints the rest at its end.
    super((cause instanceof Error ? cause.message : String(cause)).split('\n')[0], { cause });
    this.step = step;
  }
}

/**
 * Runs the steps. Throws StepFailed for the first failed step, once concurrent steps were stopped and have ended; throws
 * the reason of `run.signal` where the run was stopped.
 */
export async function runSteps(run: Run, steps: readonly Step[]): Promise<void> {
  const failed = new AbortController();
  const underWay = new Set<Promise<unknown>>();
  const stoppable = { ...run, signal: AbortSignal.any([run.signal, failed.signal]) };

  const task = (step: Step): ListrTask => {
    if (!('run' in step)) {
      const concurrent = step.isConcurrent === true;
      return { title: step.title, task: (_, shown) => shown.newListr(step.steps.map(task), { concurrent }) };
    }
    return {
      title: step.title,
      task: async (_, shown) => {
        const work = perform(step, {
          ...stoppable,
          say: (line) => {
            shown.output = line;
          },
        });
        underWay.add(work);
        try {
          const note = await work;
          if (note) shown.title = `${step.title}: ${note}`;
        } catch (error) {
          failed.abort(error);
          throw error;
        }
      },
    };
  };
  const list = new Listr(steps.map(task), {
    registerSignalListeners: false,
    rendererOptions: { timer: PRESET_TIMER, collapseSubtasks: false, collapseErrors: false },
    fallbackRendererOptions: { timer: PRESET_TIMER },
  });
  try {
    await list.run();
  } catch (error) {
    await Promise.allSettled(underWay);
    run.signal.throwIfAborted();
    throw failed.signal.reason ?? error;
  }
}

async function perform(step: SingleStep, run: Run): Promise<string | void> {
  run.log.write(`== ${step.title}`);
  try {
    return await step.run(run);
  } catch (error) {
    run.log.write(`== ${step.title}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    if (run.signal.reason instanceof StepFailed) {
      throw new Error(`stopped, because another step failed: ${run.signal.reason.step}`, { cause: error });
    }
    run.signal.throwIfAborted();
    throw new StepFailed(step.title, error);
  }
}

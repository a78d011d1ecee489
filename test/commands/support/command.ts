/** What all commands have in common: a log, interruption by Ctrl-C, and a readable explanation of a failure. */
import { ExecuteError } from '../../runner/execute.ts';
import { Interrupted, interruption } from './interruption.ts';
import { RunLog } from '../../runner/run-log.ts';
import { type Run, SetUpError } from '../../runner/run.ts';
import { StepFailed } from '../../runner/steps.ts';

export type Command = {
  /** `demo`, `test`: names its logs. */
  readonly name: string;
  /** Does the work and returns the exit code. */
  readonly work: (run: Run) => Promise<number>;
  /** What to try after a failure that has no advice of its own. */
  readonly next: string;
  /** What an interrupted run leaves behind, and how to continue. */
  readonly interrupted: string;
  /** The last line of the output, whatever came before. */
  readonly last?: (hasFailed: boolean) => string;
};

/** Runs a command to its end and ends the process with its exit code. */
export async function runCommand({ name, work, next, interrupted, last }: Command): Promise<never> {
  const log = new RunLog(name);
  const uncaught = uncaughtError(log);
  const signal = AbortSignal.any([interruption(), uncaught]);
  const run = { log, signal, say: (line: string) => console.log(line) };
  const exitCode = await work(run)
    .finally(() => uncaught.throwIfAborted())
    .catch((error: unknown) => {
      log.write(stackOf(error));
      if (signal.reason instanceof Interrupted) {
        console.log(`\nInterrupted. ${interrupted}`);
        return signal.reason.exitCode;
      }
      console.log(`\n${explanationOf(error, next)}\n  log:   ${log.path}`);
      return 1;
    });
  if (last !== undefined) console.log(`\n${last(exitCode !== 0)}`);
  process.exit(exitCode);
}

/** A signal that the first uncaught error aborts. The run stops in order; the process does not end at once. */
function uncaughtError(log: RunLog): AbortSignal {
  const controller = new AbortController();
  process.on('uncaughtException', (error) => {
    log.write(`uncaught: ${stackOf(error)}`);
    controller.abort(error);
  });
  return controller.signal;
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** The step, the cause and the next thing to try, a line each. */
function explanationOf(error: unknown, next: string): string {
  const step = error instanceof StepFailed ? `${error.step} failed` : 'Failed';
  const cause = error instanceof StepFailed ? error.cause : error;
  const advice = cause instanceof SetUpError ? cause.next : next;
  return [step, `  cause: ${indented(messageOf(cause))}`, `  next:  ${indented(advice)}`].join('\n');
}

function messageOf(cause: unknown): string {
  if (cause instanceof ExecuteError || cause instanceof SetUpError) return cause.message;
  return cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
}

function indented(text: string): string {
  return text.split('\n').join('\n         ');
}

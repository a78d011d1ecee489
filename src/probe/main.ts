/**
 * The program in the probe Job: opens the pool that the profile asks for, leaves a verdict in the termination message
 * and ends with the exit code of its outcome, whatever happens. Only this file ends the process.
 */
import { EXIT_CODES, type Verdict } from '../contract/verdict.ts';
import { deliver, log, write } from './verdict/termination-message.ts';
import { readParameters } from './input/parameters.ts';
import { ProbeError } from './verdict/probe-error.ts';
import { probe } from './probe.ts';
import { Progress } from './verdict/progress.ts';
import { failure } from './verdict/verdict.ts';
import { scrubOf } from './verdict/redact.ts';

const progress = new Progress();
const scrub = scrubOf(process.env);

function end(verdict: Verdict): never {
  deliver(verdict, process.env['TERMINATION_MESSAGE_PATH']);
  process.exit(EXIT_CODES[verdict.outcome]);
}

const endWith = (error: unknown) => end(failure(error, progress, scrub));

/** Nothing else bounds the driver: its limits do not cover the logon, and a frozen database answers no call. */
function watch(timeoutSeconds: number): void {
  const late = new ProbeError('TimedOut', `not done within ${timeoutSeconds} s`);
  setTimeout(() => endWith(late), timeoutSeconds * 1000 - performance.now());
}

process.on('uncaughtException', endWith);
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => endWith(new ProbeError('Interrupted', `the probe was told to stop (${signal})`)));
}

const read = readParameters(process.env);
if (read.kind === 'valid') {
  const { pool, connections, timeoutSeconds } = read.parameters;
  watch(timeoutSeconds);
  log('info', 'Opening the pool', { pool, connections, timeoutSeconds });
}
end(await probe(read, progress, scrub, (verdict) => write(verdict, process.env['TERMINATION_MESSAGE_PATH'])));

/**
 * The program in the probe Job. It opens the pool that the profile asks for, writes a verdict to the termination message, and
 * exits with the exit code of the verdict's outcome, whatever happens. No other file ends the process.
 */
import { EXIT_CODES, type Verdict } from '../contract/verdict.ts';
import { readParameters } from './input/parameters.ts';
import { probe } from './probe.ts';
import { own, ownWords } from './verdict/own-text.ts';
import { ProbeError } from './verdict/probe-error.ts';
import { Progress } from './verdict/progress.ts';
import { redactorFor } from './verdict/redact.ts';
import { log, publish, writeTerminationMessage } from './verdict/termination-message.ts';
import { failureVerdict, indescribableVerdict } from './verdict/verdict.ts';

const progress = new Progress();
const redact = redactorFor(process.env);
/** Tests set the path; in a pod the kubelet's default applies. */
const messagePath = process.env['TERMINATION_MESSAGE_PATH'];

function end(verdict: Verdict): never {
  publish(verdict, messagePath);
  process.exit(EXIT_CODES[verdict.outcome]);
}

/** The last handler. Node would print what it throws, with any secret in it. */
function endWith(error: unknown): never {
  let verdict = indescribableVerdict(progress);
  try {
    verdict = failureVerdict(error, progress, redact);
  } catch {
    log('error', 'Failed to describe an error');
  }
  end(verdict);
}

/** The driver's own timeouts do not cover the logon, and a call to a frozen database never returns. */
function startWatchdog(timeoutSeconds: number): void {
  const timedOut = new ProbeError('TimedOut', own`not done within ${timeoutSeconds} s`);
  // On a busy node the time may be over already, and Node warns of a negative one.
  setTimeout(() => endWith(timedOut), Math.max(0, timeoutSeconds * 1000 - performance.now()));
}

process.on('uncaughtException', endWith);
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => endWith(new ProbeError('Interrupted', ownWords(`the probe received ${signal}`))));
}

const read = readParameters(process.env);
if (read.kind === 'valid') {
  const { pool, connections, timeoutSeconds } = read.parameters;
  startWatchdog(timeoutSeconds);
  log('info', 'Opening the pool', { pool, connections, timeoutSeconds });
}
end(await probe(read, progress, redact, (verdict) => writeTerminationMessage(verdict, messagePath)));

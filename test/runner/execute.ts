/** Starts a program, keeps its output in the run's log, and ends it with all its children when the run is stopped. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { CHECKOUT } from './folders.ts';
import type { Run } from './run.ts';

export type ExecuteOptions = {
  /** Working directory; the checkout by default. */
  readonly cwd?: string;
  /** Added to the environment. */
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string | Readable;
  /** Milliseconds after which the program is ended; ten minutes by default. */
  readonly timeoutMs?: number;
  /** Called with each line of standard output and standard error as it comes. */
  readonly onLine?: (line: string) => void;
};

export type Finished = { readonly exitCode: number; readonly stdout: string; readonly stderr: string };

const DEFAULT_TIMEOUT_MS = 600_000;
/** Milliseconds between asking a program to end and ending it. */
const GRACE_MS = 5_000;

export class ExecuteError extends Error {
  override readonly name = 'ExecuteError' as const;
  readonly command: string;
  /** Last lines of its output. */
  readonly tail: string;

  constructor(command: string, what: string, output: string) {
    const tail = output.trimEnd().split('\n').slice(-8).join('\n');
    super(tail === '' ? `${command} ${what}` : `${command} ${what}: ${tail}`);
    this.command = command;
    this.tail = tail;
  }
}

/**
 * Runs a program to its end and returns what it wrote to standard output.
 * Throws ExecuteError where it cannot be started, ends with another code than 0, or takes too long; the reason of
 * `run.signal` where the run is stopped.
 */
export async function execute(run: Run, command: readonly string[], options: ExecuteOptions = {}): Promise<string> {
  const { exitCode, stdout, stderr } = await attempt(run, command, options);
  if (exitCode !== 0) throw new ExecuteError(shown(command), `ended with ${exitCode}`, stderr === '' ? stdout : stderr);
  return stdout;
}

/** Like `execute`, but any exit code is an answer. A program that does not exist ends with 127, as in a shell. */
export async function attempt(run: Run, command: readonly string[], options: ExecuteOptions = {}): Promise<Finished> {
  const [program = '', ...args] = command;
  run.signal.throwIfAborted();
  const note = run.log.program();
  note(`$ ${shown(command)}`);
  const startedAt = performance.now();
  // A process group of its own: Ctrl-C reaches this process alone, which then ends its programs in good order.
  const child = spawn(program, args, {
    cwd: options.cwd ?? CHECKOUT,
    env: { ...process.env, ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  });
  const started = once(child, 'spawn').then(
    () => true,
    () => false,
  );
  if (!(await started)) {
    note(`cannot be started`);
    return { exitCode: 127, stdout: '', stderr: `${program}: command not found` };
  }
  const deadline = AbortSignal.timeout(options.timeoutMs ?? DEFAULT_TIMEOUT_MS);
  const stopping = endOnAbort(run, child, AbortSignal.any([run.signal, deadline]));
  const lines = (stream: Readable) => collect(stream, (line) => (note(line), options.onLine?.(line)));
  try {
    const closed = once(child, 'close');
    const fed = feed(child, options.stdin).catch(async (error: unknown) => {
      // It has read an end that is none: what comes of that is no answer, but it is not left alone.
      await closed;
      throw new ExecuteError(shown(command), 'was not given all of its input', String(error));
    });
    const [stdout, stderr] = await Promise.all([lines(child.stdout), lines(child.stderr), fed]);
    await closed;
    run.signal.throwIfAborted();
    note(`= ${child.exitCode ?? child.signalCode} after ${Math.round(performance.now() - startedAt)} ms`);
    if (deadline.aborted) throw new ExecuteError(shown(command), 'took too long and was ended', stderr);
    return { exitCode: child.exitCode ?? 128, stdout, stderr };
  } finally {
    stopping.forget();
  }
}

/** A command as a person would type it. */
function shown(command: readonly string[]): string {
  return command.map((word) => (/^[\w@%+=:,./{}-]+$/.test(word) ? word : `'${word}'`)).join(' ');
}

/** Reads a stream to its end, line by line. A last line without its end counts too. */
async function collect(stream: Readable, onLine: (line: string) => void): Promise<string> {
  let text = '';
  for await (const line of createInterface({ input: stream, crlfDelay: Infinity })) {
    text += `${line}\n`;
    onLine(line);
  }
  return text;
}

/** Gives the program its input. One that ends without reading it all is no error: its exit code tells. */
async function feed(child: ChildProcess, input: string | Readable = ''): Promise<void> {
  if (child.stdin === null) return;
  const source = typeof input === 'string' ? Readable.from([input]) : input;
  try {
    await pipeline(source, child.stdin);
  } catch (error) {
    if (!isBrokenPipe(error)) throw error;
  }
}

function isBrokenPipe(error: unknown): boolean {
  return (
    error instanceof Error && 'code' in error && ['EPIPE', 'ERR_STREAM_PREMATURE_CLOSE'].includes(String(error.code))
  );
}

/** Ends the program's whole group when the signal is aborted: politely, then for good. */
function endOnAbort(run: Run, child: ChildProcess, signal: AbortSignal): { forget: () => void } {
  let last: NodeJS.Timeout | undefined;
  const kill = (name: NodeJS.Signals) => {
    // Also where the program itself has ended: what it left behind holds its output open, and the group its number.
    if (child.pid === undefined) return;
    try {
      process.kill(-child.pid, name);
    } catch (error) {
      run.log.write(`process group ${child.pid} cannot be ended by ${name}: ${String(error)}`);
    }
  };
  const end = () => {
    kill('SIGTERM');
    last = setTimeout(() => kill('SIGKILL'), GRACE_MS);
  };
  if (signal.aborted) end();
  else signal.addEventListener('abort', end, { once: true });
  return {
    forget: () => {
      signal.removeEventListener('abort', end);
      clearTimeout(last);
    },
  };
}

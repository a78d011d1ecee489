/** Starts programs, writes their output to the run's log, and ends them with all their children when the run stops. */
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
/** Milliseconds between SIGTERM and SIGKILL. */
const GRACE_MS = 5_000;

export class ExecuteError extends Error {
  override readonly name = 'ExecuteError' as const;
  readonly command: string;
  /** Last lines of its output. */
  readonly tail: string;

  constructor(command: string, what: string, output: string) {
    const tail = output.trimEnd().split('\n').slice(-20).join('\n');
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

/** Like `execute`, but returns any exit code. A program that does not exist ends with 127, as in a shell. */
export async function attempt(run: Run, command: readonly string[], options: ExecuteOptions = {}): Promise<Finished> {
  const [program = '', ...args] = command;
  run.signal.throwIfAborted();
  const note = run.log.program();
  note(`$ ${shown(command)}`);
  const startedAt = performance.now();
  // In a process group of its own: Ctrl-C reaches only this process, which then ends its programs in order.
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
      // The program has read an incomplete input, so its result does not count; it still has to end first.
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

/** A command as text for a shell. */
function shown(command: readonly string[]): string {
  return command.map((part) => (/^[\w@%+=:,./{}-]+$/.test(part) ? part : `'${part}'`)).join(' ');
}

/** Reads a stream to its end, line by line. A last line without a line break counts too. */
async function collect(stream: Readable, onLine: (line: string) => void): Promise<string> {
  let text = '';
  for await (const line of createInterface({ input: stream, crlfDelay: Infinity })) {
    text += `${line}\n`;
    onLine(line);
  }
  return text;
}

/** Writes the program's input. A program that ends without reading all of it is no error: its exit code tells. */
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

/** Ends the program's process group when the signal is aborted: by SIGTERM, then by SIGKILL. */
function endOnAbort(run: Run, child: ChildProcess, signal: AbortSignal): { forget: () => void } {
  let last: NodeJS.Timeout | undefined;
  const kill = (name: NodeJS.Signals) => {
    // Also where the program itself has ended: its children may keep its output open, and the group keeps its id.
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

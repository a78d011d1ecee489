/** The folder of one run of a command: its log with every program that it started, and evidence of a failure. */
import { openSync, readdirSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { CHECKOUT_CACHE, folder } from './folders.ts';

/** Runs of one command whose logs are kept. */
const MAX_RUNS = 10;

export class RunLog {
  /** Absolute path of the folder; the log is `run.log` in it. */
  readonly folder: string;
  readonly path: string;
  readonly #file: number;
  #programs = 0;

  /** `command` is `demo`, `test`, ... Deletes the logs of its oldest runs in the folder `logs`. */
  constructor(command: string, logs = join(CHECKOUT_CACHE, 'logs')) {
    folder(logs);
    const older = readdirSync(logs).filter((name) => name.startsWith(`${command}-`));
    for (const name of older.sort().slice(0, 1 - MAX_RUNS)) rmSync(join(logs, name), { recursive: true, force: true });
    const stamp = new Date().toISOString().replaceAll(':', '.').slice(0, 19);
    this.folder = folder(logs, `${command}-${stamp}-${process.pid}`);
    this.path = join(this.folder, 'run.log');
    this.#file = openSync(this.path, 'a');
  }

  /** Writes one line synchronously, so that nothing is lost whatever ends the run. */
  write(line: string): void {
    writeSync(this.#file, `${new Date().toISOString()} ${line}\n`);
  }

  /** Returns a writer that numbers the lines of one program, because programs run concurrently. */
  program(): (line: string) => void {
    this.#programs += 1;
    const prefix = `[${this.#programs}]`;
    return (line) => this.write(`${prefix} ${line}`);
  }
}

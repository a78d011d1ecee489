/** Where a verdict goes: the termination message, which the kubelet carries to the operator, and the pod's log. */
import { writeFileSync } from 'node:fs';
import { VERDICT_MAX_BYTES, type Verdict } from '../../contract/verdict.ts';
import { cutToBytes } from './driver-text.ts';

/** The kubelet's default, which the pod's spec leaves as it is. */
const TERMINATION_MESSAGE_PATH = '/dev/termination-log';

/** Tells the verdict, in the log too. */
export function deliver(verdict: Verdict, path?: string): void {
  log(verdict.outcome === 'Succeeded' ? 'info' : 'error', verdict.message, { verdict });
  write(verdict, path);
}

/** The next one takes its place. A file that cannot be written is told in the log: the operator then finds no verdict. */
export function write(verdict: Verdict, path = TERMINATION_MESSAGE_PATH): void {
  try {
    writeFileSync(path, encode(verdict));
  } catch (error) {
    log('error', `The verdict could not be written to ${path}`, { error: String(error) });
  }
}

/** One JSON line on standard output, in the operator's own form. */
export function log(level: 'info' | 'error', message: string, fields: object = {}): void {
  process.stdout.write(`${JSON.stringify({ level, time: new Date().toISOString(), ...fields, message })}\n`);
}

/** JSON of at most 4096 bytes, which is what the kubelet keeps. What is least missed goes first. */
export function encode(verdict: Verdict): string {
  const { warnings: _warnings, ...withoutWarnings } = verdict;
  const { database: _database, limits: _limits, ...withoutFacts } = withoutWarnings;
  const shortened = { ...withoutFacts, message: cutToBytes(verdict.message, 256) };
  const texts = [verdict, withoutWarnings, withoutFacts].map((one) => JSON.stringify(one));
  return texts.find((text) => Buffer.byteLength(text) <= VERDICT_MAX_BYTES) ?? JSON.stringify(shortened);
}

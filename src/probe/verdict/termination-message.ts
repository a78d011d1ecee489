/** Writes a verdict to the termination message, which the kubelet puts into the pod's status, and to the pod's log. */
import { writeFileSync } from 'node:fs';
import { VERDICT_MAX_BYTES, type Verdict } from '../../contract/verdict.ts';
import { truncateToBytes } from './driver-text.ts';

/** The kubelet's default; the pod's spec does not set another. */
const TERMINATION_MESSAGE_PATH = '/dev/termination-log';

/** Writes the final verdict to the log and to the termination message. */
export function publish(verdict: Verdict, path?: string): void {
  log(verdict.outcome === 'Succeeded' ? 'info' : 'error', verdict.message, { verdict });
  writeTerminationMessage(verdict, path);
}

/** Replaces the termination message. Never throws: a file that cannot be written is logged, and the operator finds no verdict. */
export function writeTerminationMessage(verdict: Verdict, path = TERMINATION_MESSAGE_PATH): void {
  try {
    writeFileSync(path, encodeVerdict(verdict));
  } catch (error) {
    log('error', `Failed to write the verdict to ${path}`, { error: String(error) });
  }
}

/** Writes one JSON line to standard output, in the form of the operator's log. */
export function log(level: 'info' | 'error', message: string, fields: object = {}): void {
  process.stdout.write(`${JSON.stringify({ level, time: new Date().toISOString(), ...fields, message })}\n`);
}

/** JSON of at most 4096 bytes, the kubelet's limit. If it is longer, warnings are dropped first, then facts, then part of the message. */
export function encodeVerdict(verdict: Verdict): string {
  const { warnings: _warnings, ...withoutWarnings } = verdict;
  const { database: _database, limits: _limits, sessionCount: _count, ...withoutFacts } = withoutWarnings;
  const shortened = { ...withoutFacts, message: truncateToBytes(verdict.message, 256) };
  const texts = [verdict, withoutWarnings, withoutFacts].map((one) => JSON.stringify(one));
  return texts.find((text) => Buffer.byteLength(text) <= VERDICT_MAX_BYTES) ?? JSON.stringify(shortened);
}

/** What kstatus makes of a profile, and what the reference says of it. test/kstatus holds the library itself against the same states. */
import { readFileSync } from 'node:fs';
import type { ProfileStatus } from '../../../src/api/v1alpha1.ts';
import type { KStatus } from './states/state.ts';

export function kstatusOf({ metadata, status }: { metadata?: object; status: ProfileStatus }): KStatus {
  const is = (type: string) => status.conditions?.find((one) => one.type === type)?.status === 'True';
  if (metadata !== undefined && 'deletionTimestamp' in metadata) return 'Terminating';
  if (is('Reconciling')) return 'InProgress';
  if (is('Stalled')) return 'Failed';
  return is('Ready') ? 'Current' : 'InProgress';
}

const page = readFileSync(`${import.meta.dirname}/../../../docs/reference/spec.md`, 'utf8');

const rows = page
  .slice(page.indexOf('| reason | kstatus |'))
  .split('\n')
  .slice(2)
  .map((line) => line.split('|').map((cell) => cell.trim()))
  .filter((cells) => cells.length > 3);

/** The column of docs/reference/spec.md, by reason: "InProgress, Failed". */
export const COLUMN: ReadonlyMap<string, string> = new Map(
  rows.flatMap(([, reasons = '', kstatus = '']) =>
    [...reasons.matchAll(/`([A-Z]\w+)`/g)].map(([, reason = '']) => [reason, kstatus] as const),
  ),
);

/** The same for reasons that other programs give. */
export const ANY_OTHER = rows.find(([, reasons]) => reasons === 'any other')?.[2] ?? '';

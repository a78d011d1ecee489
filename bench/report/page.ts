/** Writes the results into docs/explanation/performance.md, between two marks of that page, and as plots beside it. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { oneLine } from '../results.ts';
import type { Results } from '../results.ts';
import { rowsOf } from './goals.ts';
import { plotsOf } from './plots.ts';
import {
  atOnceTable,
  bytesPerProfile,
  countsIn,
  endToEndTable,
  goalsTable,
  growthTable,
  imageTable,
  probeTable,
  splitTable,
} from './table.ts';

const BEGIN = '<!-- measured: written by `npm run bench`, do not edit -->';
const END = '<!-- measured: end -->';

/** Writes `performance.md` and `performance/*.svg` into the folder; returns what was measured, for a terminal. */
export function writePage(results: Results, folder: string): string {
  const plots = plotsOf(results.measurements);
  mkdirSync(join(folder, 'performance'), { recursive: true });
  for (const [file, svg] of Object.entries(plots)) writeFileSync(join(folder, 'performance', file), svg);
  const measured = measuredText(results, Object.keys(plots));
  const file = join(folder, 'performance.md');
  const page = existsSync(file) ? readFileSync(file, 'utf8') : `${BEGIN}\n${END}\n`;
  writeFileSync(file, withMeasured(page, measured));
  return `${measured}\nWritten: ${file}`;
}

/** The page with this text between its marks. Throws where it has none. */
export function withMeasured(page: string, measured: string): string {
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (begin === -1 || end < begin)
    throw new Error('docs/explanation/performance.md has lost the marks between which figures stand');
  return `${page.slice(0, begin + BEGIN.length)}\n\n${measured}\n${page.slice(end)}`;
}

/** Only parts that were measured have a section. */
function measuredText(results: Results, plots: readonly string[]): string {
  const { measurements, failures, isComplete } = results;
  const has = (begin: string) => measurements.some(({ figure }) => figure.startsWith(begin));
  const perProfile = bytesPerProfile(measurements);
  const sections: readonly (string | undefined)[] = [
    oneLine(results),
    isComplete ? undefined : '**This run was cut off:** parts are missing.',
    failures.length === 0
      ? undefined
      : `**Parts that failed in this run:** ${failures.map(({ part }) => part).join(', ')}.`,
    `## Goals\n\nMedian of all samples unless a row says p99; in brackets, here and below, the minimum and the maximum.\n\n${goalsTable(rowsOf(measurements))}`,
    countsIn(measurements).length === 0 ? undefined : `## By number of profiles\n\n${growthTable(measurements)}`,
    perProfile === undefined ? undefined : `One more profile takes ${(perProfile / 1024).toFixed(1)} KiB when idle.`,
    ...plots.map((file) => `![${file.replace('.svg', '')} by number of profiles](performance/${file})`),
    has('latency') ? `## One change by step\n\nBy number of profiles.\n\n${splitTable(measurements)}` : undefined,
    has('throughput') ? `## Many changes at once\n\n${atOnceTable(measurements)}` : undefined,
    has('endToEnd') ? `## A change with probe and rollout\n\n${endToEndTable(measurements)}` : undefined,
    has('probe') ? `## The probe\n\n${probeTable(measurements)}` : undefined,
    has('image') ? `## The image\n\n${imageTable(measurements)}` : undefined,
  ];
  return `${sections.filter((section) => section !== undefined).join('\n\n')}\n`;
}

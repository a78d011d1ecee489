/**
 * Names of the users and profiles that a run makes: `DBPOOL_20261130_5F0A93C1_7`, its day (UTC), the run and a number. So a run drops
 * its own, and what a run that was killed left on an earlier day.
 */
import { randomBytes } from 'node:crypto';

const PATTERN = /^(?<run>DBPOOL_(?<day>\d{8})_[0-9A-F]{8})_\d+$/;

const dayOf = (ms: number) => new Date(ms).toISOString().slice(0, 10).replaceAll('-', '');

/** `DBPOOL_20261130_5F0A93C1`: what the names of a new run begin with. */
export const newRun = (now = Date.now()): string =>
  `DBPOOL_${dayOf(now)}_${randomBytes(4).toString('hex').toUpperCase()}`;

const DAY_MS = 24 * 3600 * 1000;

/** Whether the run may drop what has this name: it is its own, or that of a run that began a day ago or earlier. */
export function isDroppedBy(run: string, name: string, now = Date.now()): boolean {
  const found = PATTERN.exec(name.toUpperCase())?.groups;
  if (found === undefined) return false;
  return found['run'] === run || (found['day'] ?? '') < dayOf(now - DAY_MS);
}

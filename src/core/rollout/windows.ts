/** When a rollout may start: cron windows in time zones. Times are milliseconds since the epoch. */
import { Cron } from 'croner';
import { toDate } from '../model/time.ts';
import type { ProfileSpec } from '../../api/v1alpha1.ts';

type Window = NonNullable<ProfileSpec['rollout']['windows']>[number];

/** When the next window opens: `now` where one is open, or where there are no windows; undefined where none ever opens. */
export function nextOpening(windows: readonly Window[] | undefined, now: number): number | undefined {
  if (windows === undefined || windows.length === 0) return now;
  const openings = windows.flatMap((window) => openingOf(window, now) ?? []);
  return openings.length === 0 ? undefined : Math.max(now, Math.min(...openings));
}

/** The first opening of a window that has not closed yet; undefined where there is none. */
function openingOf({ schedule, durationSeconds, timeZone }: Window, now: number): number | undefined {
  const cron = new Cron(schedule, { timezone: timeZone, mode: '5-part' });
  return cron.nextRun(toDate(now - durationSeconds * 1000))?.getTime();
}

/** The part of the spec about how new pool settings are rolled out. */
import { Cron } from 'croner';
import * as z from 'zod';

const windowSchema = z.object({
  schedule: z
    .string()
    .min(1)
    .max(100)
    .describe('When the window opens, as a cron expression of five fields: "0 22 * * 1-5".')
    .refine(isCron, 'is not a cron expression of five fields'),
  durationSeconds: z.int().min(60).max(604_800).describe('Seconds for which the window stays open.'),
  timeZone: z
    .string()
    .min(1)
    .max(64)
    .default('UTC')
    .describe('Time zone of the schedule, by its IANA name: Europe/Berlin.')
    .refine(isTimeZone, 'is not a known IANA time zone'),
});

function isCron(text: string): boolean {
  return doesNotThrow(() => new Cron(text, { mode: '5-part' }));
}

function isTimeZone(name: string): boolean {
  return doesNotThrow(() => new Intl.DateTimeFormat('en', { timeZone: name }));
}

function doesNotThrow(parse: () => unknown): boolean {
  try {
    parse();
    return true;
  } catch (error) {
    if (error instanceof Error) return false;
    throw error;
  }
}

export const rolloutDefaults = { onFailure: 'Rollback' as const, debounceSeconds: 0, observeSeconds: 60 };

export const rolloutSchema = z
  .object({
    onFailure: z
      .enum(['Rollback', 'Hold'])
      .default(rolloutDefaults.onFailure)
      .describe(
        'What happens when the new pods of a rollout fail. Rollback: the operator restores the last good settings, once. Hold: the operator leaves the pods as they are, and reports the failure. Either way, the failed settings are tried again only when the settings or the credentials change, or after the annotation dbpool.dev/retry-requested-at.',
      ),
    debounceSeconds: z
      .int()
      .min(0)
      .max(3600)
      .default(rolloutDefaults.debounceSeconds)
      .describe(
        'Seconds without another edit of the profile before a rollout starts, so that a burst of edits causes one rollout.',
      ),
    observeSeconds: z
      .int()
      .min(0)
      .max(3600)
      .default(rolloutDefaults.observeSeconds)
      .describe(
        'Seconds after the rollout during which a crash or lost readiness of a new pod still fails the rollout: pools fail under load, not at start.',
      ),
    windows: z
      .array(windowSchema)
      .max(20)
      .optional()
      .describe('Windows in which a rollout may start. Default: at any time. A rollback does not wait for a window.'),
  })
  .describe('How new pool settings are rolled out to the backend.');

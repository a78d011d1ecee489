/** The part of the spec about how a backend is brought to new numbers. */
import { Cron } from 'croner';
import * as z from 'zod';

const windowSchema = z.object({
  schedule: z
    .string()
    .min(1)
    .max(100)
    .describe('When the window opens, as five fields of cron: "0 22 * * 1-5".')
    .refine(isCron, 'is no cron expression of five fields'),
  durationSeconds: z.int().min(60).max(604_800).describe('Seconds that it stays open.'),
  timeZone: z
    .string()
    .min(1)
    .max(64)
    .default('UTC')
    .describe('Time zone of the expression, by its IANA name: Europe/Berlin.')
    .refine(isTimeZone, 'is no time zone that is known here'),
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
        'What comes after a rollout whose own pods fail. Rollback: the last good numbers, by itself, once. Hold: it is left as it is and reported. Either way the failed numbers are not tried again until the numbers or the credentials change, or somebody says retry.',
      ),
    debounceSeconds: z
      .int()
      .min(0)
      .max(3600)
      .default(rolloutDefaults.debounceSeconds)
      .describe(
        'Seconds without another edit of the profile before a rollout starts, so that a burst of edits is one rollout.',
      ),
    observeSeconds: z
      .int()
      .min(0)
      .max(3600)
      .default(rolloutDefaults.observeSeconds)
      .describe(
        'Seconds after the rollout in which a crash or lost readiness of a new pod still is a failure of the rollout: pools fail under load, not at start.',
      ),
    windows: z
      .array(windowSchema)
      .max(20)
      .optional()
      .describe('When a rollout may start; at any time without them. A rollback does not wait for them.'),
  })
  .describe('How the backend is brought to new numbers.');

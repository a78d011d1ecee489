/** The status: what the operator saw last. */
import * as z from 'zod';
import { verdictSchema } from '../contract/verdict.ts';

/**
 * Types of conditions, in the order in which a change passes them. `WithinSessionBudget` stands once the backend is found;
 * from `Reconciling` on they stand only while true.
 */
export const CONDITION_TYPES = [
  'Ready',
  'ConfigRendered',
  'ProbeSucceeded',
  'RolledOut',
  'WithinSessionBudget',
  'Reconciling',
  'Stalled',
  'PendingRollout',
  'RolledBack',
] as const;

const conditionSchema = z.object({
  type: z.string().max(316),
  status: z.enum(['True', 'False', 'Unknown']),
  observedGeneration: z.int().min(0).max(Number.MAX_SAFE_INTEGER).optional(),
  lastTransitionTime: z.string().max(40).meta({ format: 'date-time' }),
  reason: z.string().max(1024),
  message: z.string().max(32_768),
});

const numbersSchema = z.object({
  hash: z.string().max(63).describe('Hash of the configuration, as in the name of its ConfigMap.'),
  min: z.int().min(0).max(2000),
  max: z.int().min(0).max(2000),
  timeoutSeconds: z.int().min(0).max(86_400),
  recycleSeconds: z.int().min(0).max(86_400),
});

const instant = z.string().max(40).meta({ format: 'date-time' });

const probeStatusSchema = verdictSchema
  .omit({ version: true })
  .extend({
    job: z.string().max(63).describe('Name of the Job that was the last to say something.'),
    attempt: z.int().min(1).max(1_000_000).describe('Number of the attempt with this configuration.'),
    finishedAt: instant.optional().describe('When the Job ended.'),
    nextAttemptAt: instant.optional().describe('When it is tried again by itself; absent where that would do harm.'),
  })
  .describe('The last verdict of the probe.');

const historySchema = numbersSchema.extend({
  result: z
    .enum(['InProgress', 'Succeeded', 'Failed', 'RolledBack', 'Undone', 'Superseded'])
    .describe('What came of it.'),
  proof: z
    .string()
    .max(64)
    .optional()
    .describe('The newest proof of these numbers: "PoolOpened at 2026-11-25T01:00:00Z", or NotProven.'),
  summary: z.string().max(300).describe('What it changed, in words: "max 40 → 60".'),
  startedAt: instant,
  finishedAt: instant.optional(),
});

const word = z.string().max(256);

const { limits, database: identity } = verdictSchema.shape;

const learntSchema = z
  .object({
    connectStringHash: z.string().max(63).describe('Hash of the connect string under which it was learnt.'),
    identity,
    limits,
  })
  .describe('What probes have learnt of the database. A probe that fails does not make it unknown again.');

const sessions = z.int().min(0).max(Number.MAX_SAFE_INTEGER);

const budgetSchema = z
  .object({
    summary: z
      .string()
      .max(64)
      .describe('Sessions of this backend at the peak of a rollout, and of those that the limit allows: "560/600".'),
    peakSessions: sessions.describe('Sessions of this backend at the peak of a rollout.'),
    others: sessions.describe('Sessions of the other backends that count towards the limit.'),
    limit: sessions.optional().describe('The limit that leaves least room, where one is known.'),
    database: z.string().max(256).describe('The database, as its profiles name it.'),
    profiles: z.int().min(1).max(1_000_000).describe('Profiles that share it, this one included.'),
  })
  .describe('The sum that the condition WithinSessionBudget has in words.');

const adviceSchema = z.object({ reason: z.string().max(64), message: z.string().max(1000) });

export const statusSchema = z
  .object({
    observedGeneration: z
      .int()
      .min(0)
      .max(Number.MAX_SAFE_INTEGER)
      .optional()
      .describe('Generation of the spec that this status is about.'),
    conditions: z
      .array(conditionSchema)
      .max(16)
      .optional()
      .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['type'] }),
    desired: numbersSchema.optional().describe('The configuration that the spec asks for.'),
    current: numbersSchema.optional().describe('The configuration that all pods of the backend run with.'),
    pods: z
      .string()
      .max(32)
      .optional()
      .describe('Pods that run the wanted configuration and are available, of all that should: "3/5".'),
    probe: probeStatusSchema.optional(),
    lastGood: numbersSchema.optional().describe('The newest configuration whose rollout ended well.'),
    lastFailed: numbersSchema
      .extend({ reason: z.string().max(256), message: z.string().max(1000), time: instant })
      .optional()
      .describe('The newest configuration whose own pods failed. It is not tried again by itself.'),
    history: z.array(historySchema).max(10).optional().describe('The rollouts, newest first.'),
    database: learntSchema.optional(),
    budget: budgetSchema.optional(),
    advice: z.array(adviceSchema).max(10).optional().describe('What works, and is known to go wrong under load.'),
    handledRequests: z
      .object({ probe: word.optional(), retry: word.optional(), rollback: word.optional() })
      .optional()
      .describe('The annotations probe-, retry- and rollback-requested-at as the operator has read them.'),
  })
  .describe('What the operator saw last.');

export type ProfileStatus = z.infer<typeof statusSchema>;
export type Condition = z.infer<typeof conditionSchema>;
export type ConditionType = (typeof CONDITION_TYPES)[number];
export type PoolSettings = z.infer<typeof numbersSchema>;
export type ProbeStatus = z.infer<typeof probeStatusSchema>;
export type LearntFacts = z.infer<typeof learntSchema>;
export type BudgetStatus = z.infer<typeof budgetSchema>;
export type RolloutRecord = z.infer<typeof historySchema>;

/** The status of the profile: what the operator observed last. */
import * as z from 'zod';
import { verdictSchema } from '../contract/verdict.ts';

const instant = z.string().max(40).meta({ format: 'date-time' });

const conditionSchema = z.object({
  type: z.string().max(316).describe('Name of the condition, for example Ready.'),
  status: z.enum(['True', 'False', 'Unknown']).describe('Whether the condition holds.'),
  observedGeneration: z
    .int()
    .min(0)
    .max(Number.MAX_SAFE_INTEGER)
    .optional()
    .describe('Generation of the spec that the condition describes.'),
  lastTransitionTime: instant.describe('When the status of the condition last changed.'),
  reason: z.string().max(1024).describe('One word for programs: why the condition has this status.'),
  message: z.string().max(32_768).describe('The same for people: what is wrong, and what to do.'),
});

const settingsSchema = z.object({
  hash: z.string().max(63).describe('Hash of the settings, as in the name of their ConfigMap.'),
  min: z.int().min(0).max(2000).describe('Connections that each pool keeps open.'),
  max: z.int().min(0).max(2000).describe('Maximum number of connections that each pool opens.'),
  timeoutSeconds: z.int().min(0).max(86_400).describe('Seconds that a caller waits for a free connection.'),
  recycleSeconds: z.int().min(0).max(86_400).describe('Age in seconds at which a connection is replaced; 0 for never.'),
});

const currentSchema = settingsSchema
  .extend({ summary: z.string().max(32).describe('min and max: "5-40".') })
  .describe('The settings that all pods of the backend run. During a rollout, those from before it.');

const pods = z.int().min(0).max(Number.MAX_SAFE_INTEGER);

const podsSchema = z
  .object({
    available: pods.describe('Available pods, whatever settings they run; at most desired.'),
    desired: pods.describe('Pods that the Deployment asks for.'),
    updated: pods.describe('Pods that run the settings of the spec, available or not; at most desired.'),
    summary: z.string().max(32).describe('available/desired: "3/5".'),
  })
  .describe('The pods of the backend.');

const probeStatusSchema = verdictSchema
  .omit({ version: true, sessionCount: true })
  .extend({
    job: z.string().max(63).describe('Name of the Job that gave the verdict.'),
    proofKey: z
      .string()
      .max(63)
      .optional()
      .describe('Hash of what the Job proves: settings, database, and names of the credentials.'),
    attempt: z.int().min(1).max(Number.MAX_SAFE_INTEGER).describe('Number of the attempt with these settings, from 1.'),
    finishedAt: instant.optional().describe('When the Job ended.'),
    nextAttemptAt: instant
      .optional()
      .describe('After a failure, when the operator probes again. Absent if it does not.'),
  })
  .describe('The last verdict of the probe.');

const historySchema = settingsSchema.extend({
  result: z
    .enum(['InProgress', 'Succeeded', 'Failed', 'RolledBack', 'Undone', 'Superseded'])
    .describe('How the rollout ended, or InProgress.'),
  proof: z
    .string()
    .max(64)
    .optional()
    .describe('Newest successful probe of these settings: "PoolOpened at 2026-11-25T01:00:00Z", or NotProven.'),
  summary: z.string().max(300).describe('Changed settings: "max 40 → 60".'),
  startedAt: instant.describe('When the rollout started.'),
  finishedAt: instant.optional().describe('When it ended.'),
});

const requestValue = z.string().max(256);

const { limits, database: identity } = verdictSchema.shape;

const sessions = z.int().min(0).max(Number.MAX_SAFE_INTEGER);

/** Why the sessions of pods are not known, or not all of them. */
export const SESSION_CAVEATS = ['Unreadable', 'Pooled', 'ManyMachines', 'OneInstance'] as const;

const podSessionsSchema = z
  .object({
    at: instant.describe('When the probe ended that counted them.'),
    caveat: z
      .enum(SESSION_CAVEATS)
      .optional()
      .describe(
        'Unreadable: the user may read neither V$SESSION nor GV$SESSION. Pooled: no session comes from a machine that has the name of a pod, or sessions are pooled in the database (DRCP). ManyMachines: pods may be among the machines with few sessions, whose sessions are all in others. OneInstance: those of other instances are not counted.',
      ),
    most: sessions.optional().describe('The most sessions that one pod holds, as the database counts them.'),
    max: sessions.optional().describe('max of the settings that this pod runs.'),
    expected: sessions
      .optional()
      .describe('This max times pool.poolsPerPod: the most sessions that the pod should hold.'),
    others: sessions.optional().describe('Sessions of the same user that no known pod of the backend holds.'),
    revision: z
      .int()
      .min(0)
      .max(Number.MAX_SAFE_INTEGER)
      .optional()
      .describe('Revision of the Deployment at that time.'),
    probesAbove: z
      .int()
      .min(1)
      .max(1000)
      .optional()
      .describe('Number of probes in a row that found more than expected, without a rollout between.'),
  })
  .describe('What the pods of the backend hold, as the database counts it.');

const databaseStatusSchema = z
  .object({
    connectStringHash: z.string().max(63).describe('Hash of the connect string of the probe that reported this.'),
    identity,
    limits,
    measured: z
      .object({
        at: instant.describe('When the probe ended that read the limits.'),
        ownSessions: z
          .int()
          .min(0)
          .max(Number.MAX_SAFE_INTEGER)
          .describe(
            'Sessions that the backends of the database could hold then. What else was in use belongs to others.',
          ),
      })
      .optional()
      .describe('What tells sessions in use by others from those of the backends.'),
    podSessions: podSessionsSchema.optional(),
  })
  .describe('What probes reported about the database. A failed probe does not remove it.');

const budgetSchema = z
  .object({
    summary: z
      .string()
      .max(64)
      .describe(
        '"fits", "no limit known", "ignored", or, for example, "over by 100 (680/580)": its peak and what the other backends run with are 680 sessions, and 580 are available.',
      ),
    peakSessions: sessions.describe('Sessions of this backend at the peak of a rollout.'),
    limit: sessions.optional().describe('The limit on sessions, reserve included, if one is known.'),
    database: z
      .string()
      .max(256)
      .describe(
        'Name of the database: spec.database.sessions.group, else the name that the database reports, else what of the connect string may be shown.',
      ),
    otherSessions: sessions
      .optional()
      .describe('Sessions of the other backends of the database. Present while the rollout does not fit, or is held.'),
    profiles: z
      .int()
      .min(1)
      .max(1_000_000)
      .optional()
      .describe('Number of profiles that share the database. Present while the rollout does not fit, or is held.'),
    excess: sessions.optional().describe('Sessions above the limit. Present while the rollout does not fit.'),
  })
  .describe('The numbers behind the condition WithinSessionBudget.');

const adviceSchema = z.object({
  reason: z.string().max(64).describe('One word for programs, for example PoolNotStatic.'),
  message: z.string().max(1000).describe('What may cause trouble, and what to set instead.'),
});

/** What other writers do to the variables, between repairs of drift. */
export const DRIFT_EDITS = ['Removed', 'Changed', 'RemovedOrChanged'] as const;

/** The number of their names that are kept. */
export const MAX_DRIFT_WRITERS = 5;

/** What a profile may wait for. It tells who is in the queue for a probe slot, and for a rollout of a database. */
export const WAITING_FOR = ['ProbeSlot', 'RolloutSlot', 'SessionRoom', 'PodTermination'] as const;

export const statusSchema = z
  .object({
    observedGeneration: z
      .int()
      .min(0)
      .max(Number.MAX_SAFE_INTEGER)
      .optional()
      .describe('Generation of the spec that this status describes.'),
    conditions: z
      .array(conditionSchema)
      .max(16)
      .optional()
      .describe('Ready sums up all others; docs/reference/spec.md explains each condition and reason.')
      .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['type'] }),
    desired: settingsSchema.optional().describe('The settings of the spec.'),
    current: currentSchema.optional(),
    pods: podsSchema.optional(),
    probe: probeStatusSchema.optional(),
    lastGood: settingsSchema.optional().describe('The settings of the newest rollout that succeeded.'),
    lastFailed: settingsSchema
      .extend({
        reason: z.string().max(256).describe('One word for programs: how the pods failed.'),
        message: z.string().max(1000).describe('Which pod failed, and how.'),
        time: instant.describe('When the failure was observed.'),
        pod: z.string().max(253).optional().describe('Name of the pod that failed.'),
        container: z.string().max(63).optional().describe('Name of its container that failed.'),
        exitCode: z.int().min(-2_147_483_648).max(2_147_483_647).optional().describe('Exit code of the container.'),
        terminatedAt: instant.optional().describe('When the container ended.'),
        terminationMessage: z
          .string()
          .max(2048)
          .optional()
          .describe('Termination message of the container. Whoever may read the profile can read it.'),
      })
      .optional()
      .describe(
        'The settings of the newest rollout whose pods failed. They are tried again on a request made while the spec has them, with other credentials, or once the Deployment was created anew.',
      ),
    history: z.array(historySchema).max(10).optional().describe('The last rollouts, newest first.'),
    database: databaseStatusSchema.optional(),
    budget: budgetSchema.optional(),
    advice: z
      .array(adviceSchema)
      .max(10)
      .optional()
      .describe('Settings that work, but are known to cause trouble under load. Advice blocks nothing.'),
    deployment: z
      .object({
        name: z.string().max(253).describe('Its name.'),
        uid: z.string().max(63).describe('Its uid: another one says that the Deployment was created anew.'),
      })
      .optional()
      .describe('The Deployment to which settings were rolled out last.'),
    drift: z
      .object({
        repairs: z.int().min(1).max(1_000_000).describe('How often in a row the operator set the variables again.'),
        firstTime: instant.describe('When it did so first.'),
        lastTime: instant.describe('When it did so last.'),
        edit: z.enum(DRIFT_EDITS).describe('What the other writers did to the variables.'),
        writers: z
          .array(z.string().max(256))
          .max(MAX_DRIFT_WRITERS)
          .describe('Field managers that did so, as far as the API server names them: the last five.'),
      })
      .optional()
      .describe(
        'Another writer has edited or removed the variables. Forgotten 30 min after the last repair, or four times the last pause.',
      ),
    unobserved: z
      .object({
        uid: z.string().max(63).describe('uid of the Deployment.'),
        observedGeneration: z
          .int()
          .min(0)
          .max(Number.MAX_SAFE_INTEGER)
          .describe('Generation that the Deployment controller has observed.'),
        since: instant.describe('When the operator found that a later generation is not observed.'),
      })
      .optional()
      .describe('The Deployment controller has not observed the newest change of the Deployment.'),
    rolloutProgress: z
      .object({
        uid: z.string().max(63).describe('uid of the Deployment.'),
        revision: z.int().min(0).max(Number.MAX_SAFE_INTEGER).describe('Revision of its newest ReplicaSet.'),
        replicas: z
          .int()
          .min(0)
          .max(Number.MAX_SAFE_INTEGER)
          .describe('The most replicas that the rollout was to have.'),
        podsLeft: z
          .int()
          .min(0)
          .max(Number.MAX_SAFE_INTEGER)
          .describe('The fewest pods that the rollout had yet to replace, or to make available.'),
        since: instant.describe('When the operator found so few for the first time.'),
      })
      .optional()
      .describe('How close the rollout of the Deployment that is in progress has been to its end.'),
    waitingFor: z
      .array(z.enum(WAITING_FOR))
      .max(WAITING_FOR.length)
      .optional()
      .describe(
        'What the profile waits for, besides time: a probe slot, a rollout slot, sessions of the database, or the end of old pods.',
      ),
    handledRequests: z
      .object({
        probe: requestValue
          .optional()
          .describe('Value of dbpool.dev/probe-requested-at, once a probe that was made for it has ended.'),
        retry: requestValue
          .optional()
          .describe('Value of dbpool.dev/retry-requested-at, once the rollout that it asks for has started.'),
        rollback: requestValue
          .optional()
          .describe('Value of dbpool.dev/rollback-requested-at, once the rollback that it asks for has started.'),
      })
      .optional()
      .describe(
        'Newest handled request of each annotation. A request for which there is nothing to do is handled at once. While the profile is suspended or invalid, requests for a retry or a rollback wait.',
      ),
  })
  .describe('What the operator observed last.');

export type ProfileStatus = z.infer<typeof statusSchema>;
export type Condition = z.infer<typeof conditionSchema>;
export type WaitingFor = (typeof WAITING_FOR)[number];
export type PoolSettings = z.infer<typeof settingsSchema>;
export type CurrentSettings = z.infer<typeof currentSchema>;
export type PodCounts = z.infer<typeof podsSchema>;
export type ProbeStatus = z.infer<typeof probeStatusSchema>;
export type DatabaseStatus = z.infer<typeof databaseStatusSchema>;
export type BudgetStatus = z.infer<typeof budgetSchema>;
export type RolloutRecord = z.infer<typeof historySchema>;

/**
 * The state of a configuration, in annotations of its ConfigMap: whether a probe proved it, when it was rolled out, whether it
 * succeeded or failed. It outlives the process and the profile's status. An annotation that cannot be parsed counts as absent.
 */
import * as z from 'zod';
import { DRIFT_EDITS, GROUP, MAX_DRIFT_WRITERS } from '../../api/v1alpha1.ts';
import { adoptedSchema } from './adopted.ts';
import { MAX_ATTEMPTS } from './attempt.ts';
import { parseJson } from './json.ts';
import { YEAR_9999 } from './time.ts';

/** An event each second would reach it in 30 years: somebody else wrote a higher number. See withRenumberedEvents. */
const MAX_SEQUENCE = 1_000_000_000;

const milliseconds = z.int().min(0).max(YEAR_9999);
const shortText = z.string().max(256);

/**
 * Orders the events of a profile: each event has a higher number than all events before it, on whichever ConfigMap they are. Times
 * are for people and for pauses, since a clock may be set back, and the next leader's clock may differ.
 */
const sequence = z.int().min(0);

/** Values of the annotations retry- and rollback-requested-at that the profile had at that time; '' for none. */
const handled = { retry: shortText.default(''), rollback: shortText.default('') };

/** How a backend was before a rollout. A rollout is judged by what changed since. */
const baseline = z.object({
  /** What the pods failed by already. */
  failure: z.enum(['crashing', 'notReady']).optional(),
  /** Milliseconds between two crashes of a pod, on average, where pods crash now and then, and not only once. */
  crashIntervalMs: z.int().min(1).max(YEAR_9999).optional(),
  /** Restarts of the container by name of the pod: those that do not count. `uncounted`: too many to record. */
  restarts: z.union([z.literal('uncounted'), z.record(shortText, z.int().min(1))]).optional(),
});

/** What a rollout compares the pod template with, to find what another owner has changed since. */
const templateBefore = {
  /** `foreignTemplateHash` as the operator's write left it: it differs once another owner has changed the template. */
  templateHash: shortText,
  /**
   * `annotationsHash` before the operator's write. Absent once a webhook has changed annotations with that write: it may change them
   * with each write, so they say nothing.
   */
  annotationsHash: shortText.optional(),
  /** It puts back settings of an earlier rollout, and another owner has changed the template since that one, or created the Deployment. */
  isTemplateChanged: z.literal(true).optional(),
};

const SCHEMAS = {
  /** A probe of exactly this configuration succeeded. */
  proof: z.object({
    proofKey: shortText,
    /** What it proves about any configuration: that these credentials open a connection. */
    connectionKey: shortText,
    /** Digest and image of the pod that ran; with another version of the operator, a renewal is due. */
    podDigest: shortText,
    image: shortText,
    /** PROOF_VERSION of the operator that recorded it. */
    version: z.int().min(1),
    /** Number of the attempt: attempts are ordered by it, and not by a time. */
    attempt: z.int().min(1).max(MAX_ATTEMPTS),
    /** When the operator recorded it, by its own clock. */
    at: milliseconds,
    /** Of the credentials; absent where the verdict has none. */
    fingerprint: shortText.optional(),
    /** Value of the annotation probe-requested-at that the probe was made for. */
    requestedAt: shortText.optional(),
  }),
  /** The newest rollout of this configuration. Written before the pod template is. */
  rollout: z.object({
    sequence,
    startedAt: milliseconds,
    ...handled,
    /** The Deployment. Without it, the state is valid for any Deployment. */
    deployment: z.object({ name: shortText, uid: shortText }).optional(),
    /** uid of the profile. Without it, the state is valid for any profile of this name. */
    profile: shortText.optional(),
    /** Name of the container whose variables were set. Without it, it is the container that the profile targets. */
    container: shortText.optional(),
    /**
     * Before it, the variables were not the profile's. Until it is complete, nobody knows whether its template was ever written, so an
     * entry of another owner stays a conflict.
     */
    isFirst: z.literal(true).optional(),
    /** Another field manager owned references to a ConfigMap before it, as after an undo that the spec has accepted. */
    isOverForeign: z.literal(true).optional(),
    /** metadata.generation of the Deployment before the rollout. */
    generation: z.int().min(0).optional(),
    /** Revision of the Deployment before the rollout. */
    revision: z.int().min(0),
    ...templateBefore,
    /**
     * It frees sessions of a database that has none left: a new pod that gets no session says nothing about the configuration.
     */
    freesSessions: z.literal(true).optional(),
    /** It asks for fewer sessions than anything that ran before it: it frees sessions once a probe finds that none are left. */
    asksForFewer: z.literal(true).optional(),
    /** Absent where nothing failed and no container had restarted. Once all pods are ready, restarts count from there. */
    baseline: baseline.optional(),
    /** When all pods ran the configuration for the first time. Absent again once none of them is available. */
    completedAt: milliseconds.optional(),
    /**
     * When the last of the pods became ready that were ready at `completedAt`, by the kubelet's clock: a pod that became ready later
     * was not there. Absent where no cache has the pods.
     */
    podsReadyAt: milliseconds.optional(),
    /** uid of the ReplicaSet whose pods were ready at `completedAt`. Absent where no cache has it. */
    replicaSet: shortText.optional(),
  }),
  /** The newest rollout was to a Deployment of this name that was deleted. Void with the next rollout. */
  formerRollout: z.object({ sequence, deployment: shortText, container: shortText.optional(), ...templateBefore }),
  /** A user undid a rollout and brought this configuration back. Void after a later rollout, a retry request, or with another spec. */
  keptByUser: z.object({
    sequence,
    /** Hash of the configuration of the spec at that time: that of a rollback differs from the one that was undone. */
    spec: shortText,
    /** Hash of the configuration that the user took back; '' for the variables from before the profile. */
    insteadOf: shortText,
    /** Value of the annotation retry-requested-at at that time; '' for none. */
    retry: shortText.default(''),
  }),
  /** The variables from before they were adopted. Copied to the ConfigMap of each rollout. */
  adopted: adoptedSchema,
  /** ReplicaSets without the label of the profile, which no cache has, may refer to the ConfigMap: it is never deleted. */
  unlabelled: z.literal(true),
  /** After this rollout, the operator restored the variables from before the profile, so that they belong to their owner. */
  released: z.object({ sequence }),
  /** When the newest successful rollout passed its observation. */
  lastGood: z.object({ sequence, at: milliseconds }),
  /** Its pods failed, or a user requested a rollback. Void after a retry request, or with other credentials. */
  failed: z.object({
    sequence,
    at: milliseconds,
    ...handled,
    reason: shortText,
    message: z.string().max(1000),
    /** The pod that failed, and how its container ended. After the rollback, the pod and its log are gone. */
    pod: z
      .object({
        name: shortText,
        container: shortText,
        exitCode: z.int().optional(),
        terminatedAt: milliseconds.optional(),
        terminationMessage: z.string().max(2048).optional(),
      })
      .optional(),
    /** A user requested the rollback; nothing failed. */
    isRequested: z.literal(true).optional(),
    /** It happened on a deleted Deployment of this name. On the present one, the settings get one new try. */
    isElsewhere: z.literal(true).optional(),
    /** That new try was made: no other Deployment of this name gets one. */
    isFinal: z.literal(true).optional(),
    /** Of the credentials at that time. */
    fingerprint: shortText.optional(),
  }),
  /** How many times in a row the operator set the variables again that another owner had edited or removed; first and last time. */
  driftRepair: z.object({
    count: z.int().min(1).max(1_000_000),
    firstAt: milliseconds,
    at: milliseconds,
    /** What the other owner did, all times. */
    edit: z.enum(DRIFT_EDITS),
    /** Field managers that did it, as far as the API server names them. */
    writers: z.array(shortText).max(MAX_DRIFT_WRITERS),
  }),
} as const;

/** The parts of a state that are numbered. */
const EVENTS = [
  'rollout',
  'formerRollout',
  'keptByUser',
  'released',
  'lastGood',
  'failed',
] as const satisfies readonly StateName[];

type Schemas = typeof SCHEMAS;
export type StateName = keyof Schemas;
export type StateOf<N extends StateName> = Readonly<z.infer<Schemas[N]>>;

export type Baseline = NonNullable<StateOf<'rollout'>['baseline']>;

/** Times are milliseconds since the epoch. */
export type ConfigState = { readonly [N in StateName]?: StateOf<N> | undefined };

/** The number of the next event. */
export const nextSequence = (records: readonly { readonly state: ConfigState }[]): number =>
  1 + Math.max(0, ...records.flatMap(({ state }) => sequencesOf(state)).filter((one) => one <= MAX_SEQUENCE));

const sequencesOf = (state: ConfigState): readonly number[] => EVENTS.flatMap((name) => state[name]?.sequence ?? []);

/**
 * The records with the events numbered from 1 on, in the same order, where one has a number above the highest: after that one there
 * is no higher number, so that no event could follow.
 */
export function withRenumberedEvents<T extends { readonly state: ConfigState }>(records: readonly T[]): readonly T[] {
  const numbers = [...new Set(records.flatMap(({ state }) => sequencesOf(state)))].toSorted((a, b) => a - b);
  if (numbers.every((one) => one <= MAX_SEQUENCE)) return records;
  const renumbered = new Map(numbers.map((one, index) => [one, index + 1]));
  return records.map(({ state, ...one }) => {
    const events = EVENTS.flatMap((name) => {
      const event = state[name];
      return event === undefined ? [] : [[name, { ...event, sequence: renumbered.get(event.sequence) }]];
    });
    return { ...one, state: { ...state, ...Object.fromEntries(events) } } as unknown as T;
  });
}

/**
 * Whether a user makes a request that was not handled yet, by the present value of its annotation and the value that was handled
 * last ('' for none). A user who removes the annotation requests nothing.
 */
export const isNewRequest = (requested: string | undefined, handledLast: string): boolean =>
  requested !== undefined && requested !== '' && requested !== handledLast;

type DeploymentRef = { readonly name: string; readonly uid: string };

/** The records with only the state that is valid for this Deployment. */
export const withStateFor = <T extends { readonly state: ConfigState }>(
  deployment: DeploymentRef,
  records: readonly T[],
): readonly T[] => records.map((one) => ({ ...one, state: stateFor(deployment, one.state) }));

/**
 * A rollout of another Deployment says nothing about the pods of this one; a proof is valid for any. After a deleted Deployment of this
 * name, it is known which settings were rolled out, good and failed, what was adopted, and what a user said. Good settings have to show it
 * again before they count as such. Settings that failed get one new try, and only one: a tool may create the Deployment anew each hour.
 */
function stateFor(deployment: DeploymentRef, state: ConfigState): ConfigState {
  const { rollout, formerRollout, failed, unlabelled: _, ...known } = state;
  const { name, uid } = rollout?.deployment ?? {
    name: formerRollout?.deployment ?? deployment.name,
    uid: deployment.uid,
  };
  if (name !== deployment.name) return { proof: state.proof };
  if (rollout === undefined || uid === deployment.uid) return state;
  const { sequence: number, container, templateHash, annotationsHash, isTemplateChanged } = rollout;
  return {
    ...known,
    failed: failedElsewhere(failed),
    formerRollout: {
      sequence: number,
      deployment: name,
      ...(container !== undefined && { container }),
      templateHash,
      ...(annotationsHash !== undefined && { annotationsHash }),
      ...(isTemplateChanged !== undefined && { isTemplateChanged }),
    },
  };
}

function failedElsewhere(failed: ConfigState['failed']): ConfigState['failed'] {
  if (failed === undefined || failed.isRequested || failed.isFinal) return failed;
  const { isElsewhere, ...failure } = failed;
  // The Deployment of the new try was deleted, too.
  return isElsewhere ? { ...failure, isFinal: true } : { ...failure, isElsewhere: true };
}

/** Whether the newest rollout of the configuration has succeeded. */
export const hasSucceeded = ({ rollout, lastGood }: ConfigState): boolean => isFollowedBy(rollout, lastGood);

/** Whether the newest rollout of the configuration was one to a deleted Deployment of this name, and had succeeded. */
export const hadSucceeded = ({ rollout, formerRollout, lastGood }: ConfigState): boolean =>
  rollout === undefined && isFollowedBy(formerRollout, lastGood);

type Numbered = { readonly sequence: number } | undefined;

const isFollowedBy = (first: Numbered, second: Numbered): boolean =>
  first !== undefined && second !== undefined && second.sequence > first.sequence;

const NAMES = Object.keys(SCHEMAS) as readonly StateName[];

const ANNOTATIONS = {
  proof: `${GROUP}/probe-proof`,
  rollout: `${GROUP}/rollout`,
  formerRollout: `${GROUP}/former-rollout`,
  keptByUser: `${GROUP}/kept-by-user`,
  adopted: `${GROUP}/adopted-env`,
  unlabelled: `${GROUP}/unlabelled`,
  released: `${GROUP}/released`,
  lastGood: `${GROUP}/last-good`,
  failed: `${GROUP}/failed`,
  driftRepair: `${GROUP}/drift-repair`,
} as const satisfies Record<StateName, string>;

export const stateAnnotation = (name: StateName): string => ANNOTATIONS[name];

/** Each annotation of a state with null: a JSON merge patch removes those that the state does not have. */
export const NO_ANNOTATIONS: Readonly<Record<string, null>> = Object.fromEntries(
  NAMES.map((name) => [stateAnnotation(name), null]),
);

/** The state that annotations of a ConfigMap hold. */
export function parseState(annotations: Readonly<Record<string, string>> | undefined): ConfigState {
  return Object.fromEntries(
    NAMES.flatMap((name) => {
      const parsed = SCHEMAS[name].safeParse(parseJson(annotations?.[stateAnnotation(name)]));
      return parsed.success ? [[name, parsed.data]] : [];
    }),
  );
}

/** The annotations that hold a state. */
export function formatState(state: ConfigState): Record<string, string> {
  return Object.fromEntries(
    NAMES.flatMap((name) => (state[name] === undefined ? [] : [[stateAnnotation(name), JSON.stringify(state[name])]])),
  );
}

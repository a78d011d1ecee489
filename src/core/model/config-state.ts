/**
 * The state of a configuration, in annotations of its ConfigMap: whether a probe proved it, when it was rolled out, whether it
 * succeeded or failed. It outlives the process and the profile's status. An annotation that cannot be parsed counts as absent.
 */
import * as z from 'zod';
import { GROUP } from '../../api/v1alpha1.ts';
import { YEAR_9999 } from './time.ts';

const milliseconds = z.int().min(0).max(YEAR_9999);
const shortText = z.string().max(256);

/** Values of the annotations retry- and rollback-requested-at that the profile had at that time; '' for none. */
const handled = { retry: shortText.default(''), rollback: shortText.default('') };

const SCHEMAS = {
  /** A probe of exactly this configuration succeeded. */
  proof: z.object({
    probeHash: shortText,
    /** When the probe ended. */
    at: milliseconds,
    /** Of the credentials; absent where the verdict has none. */
    fingerprint: shortText.optional(),
    /** Value of the annotation probe-requested-at that the probe was made for. */
    requestedAt: shortText.optional(),
  }),
  /** The newest rollout of this configuration. Written before the pod template is. */
  rollout: z.object({
    startedAt: milliseconds,
    ...handled,
    /** uid of the Deployment. Without it, the state is valid for any Deployment. */
    deployment: shortText.optional(),
    /** Revision of the Deployment before the rollout. */
    revision: z.int().min(0),
    /** `foreignTemplateHash` of the Deployment at the start: it differs once another owner has changed the template. */
    templateHash: shortText,
    /**
     * It started without a proof of its own, because it frees sessions of a database that has none left: a new pod that gets no
     * session says nothing about the configuration.
     */
    freesSessions: z.literal(true).optional(),
    /** When all pods ran the configuration for the first time. */
    completedAt: milliseconds.optional(),
  }),
  /** When the newest successful rollout passed its observation. */
  lastGood: z.object({ at: milliseconds }),
  /** Its pods failed, or a user requested a rollback. Void after a retry request, or with other credentials. */
  failed: z.object({
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
    /** Of the credentials at that time. */
    fingerprint: shortText.optional(),
  }),
  /** How many times in a row the operator undid an edit of the variables by another owner, and when last. */
  driftRepair: z.object({ count: z.int().min(1), at: milliseconds }),
} as const;

type Schemas = typeof SCHEMAS;
export type StateName = keyof Schemas;
export type StateOf<N extends StateName> = Readonly<z.infer<Schemas[N]>>;

/** Times are milliseconds since the epoch. */
export type ConfigState = { readonly [N in StateName]?: StateOf<N> | undefined };

/**
 * The records with only the state that is valid for the Deployment with this uid. A rollout of another Deployment, or of a
 * deleted one of that name, says nothing about its pods; a proof is valid for any.
 */
export const withStateFor = <T extends { readonly state: ConfigState }>(
  deployment: string,
  records: readonly T[],
): readonly T[] => records.map((one) => ({ ...one, state: stateFor(deployment, one.state) }));

function stateFor(deployment: string, state: ConfigState): ConfigState {
  const { rollout, proof } = state;
  return rollout?.deployment === undefined || rollout.deployment === deployment ? state : { proof };
}

/** Whether the newest rollout of the configuration has succeeded. */
export const hasSucceeded = ({ rollout, lastGood }: ConfigState): boolean =>
  rollout !== undefined && lastGood !== undefined && lastGood.at >= rollout.startedAt;

const NAMES = Object.keys(SCHEMAS) as readonly StateName[];

const ANNOTATIONS = {
  proof: `${GROUP}/probe-proof`,
  rollout: `${GROUP}/rollout`,
  lastGood: `${GROUP}/last-good`,
  failed: `${GROUP}/failed`,
  driftRepair: `${GROUP}/drift-repair`,
} as const satisfies Record<StateName, string>;

export const stateAnnotation = (name: StateName): string => ANNOTATIONS[name];

/** The state that annotations of a ConfigMap hold. */
export function parseState(annotations: Readonly<Record<string, string>> | undefined): ConfigState {
  return Object.fromEntries(
    NAMES.flatMap((name) => {
      const parsed = SCHEMAS[name].safeParse(json(annotations?.[stateAnnotation(name)]));
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

function json(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

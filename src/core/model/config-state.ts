/**
 * What is remembered of a configuration, as annotations of its ConfigMap: that it was proven, rolled, good or bad. It
 * outlives the process and the profile's status. An annotation that cannot be read is as if it were not there.
 */
import * as z from 'zod';
import { GROUP } from '../../api/v1alpha1.ts';
import { YEAR_9999 } from './time.ts';

const milliseconds = z.int().min(0).max(YEAR_9999);
const word = z.string().max(256);

/** The requests by annotation that were handled, with the values that the profile had; '' for none. */
const handled = { retry: word.default(''), rollback: word.default('') };

const SCHEMAS = {
  /** A probe of exactly this configuration succeeded. */
  proof: z.object({
    probeHash: word,
    at: milliseconds,
    fingerprint: word.optional(),
    /** The person's word that it answered. */
    requestedAt: word.optional(),
  }),
  /** The template is about to be pointed at it, or was. Written before the template is. */
  rollout: z.object({
    startedAt: milliseconds,
    ...handled,
    /** uid of the Deployment; without it, of whichever it is asked of. */
    deployment: word.optional(),
    /** Revision of the Deployment before. */
    revision: z.int().min(0),
    /** Hash of the rest of the template at that time: a change by anybody else shows in it. */
    templateHash: word,
    /** All pods ran with it for the first time since. */
    completedAt: milliseconds.optional(),
  }),
  /** A rollout of it ended well and was observed for long enough. */
  lastGood: z.object({ at: milliseconds }),
  /** Its own pods failed, or a person asked for what was before. Void once they say retry or the credentials change. */
  failed: z.object({
    at: milliseconds,
    ...handled,
    reason: word,
    message: z.string().max(1000),
    /** A user asked to go back; nothing failed. */
    isRequested: z.literal(true).optional(),
    fingerprint: word.optional(),
  }),
  /** How often somebody's edit of the variables was put right, and when last. */
  driftRepair: z.object({ count: z.int().min(1), at: milliseconds }),
} as const;

type Schemas = typeof SCHEMAS;
export type StateName = keyof Schemas;
export type StateOf<N extends StateName> = Readonly<z.infer<Schemas[N]>>;

/** Times are milliseconds since the epoch. */
export type ConfigState = { readonly [N in StateName]?: StateOf<N> | undefined };

/** What is remembered of one Deployment: what its numbers did elsewhere, or to one of its name before, says nothing of its pods. */
export function stateForDeployment(deployment: string, state: ConfigState): ConfigState {
  const { rollout, proof } = state;
  return rollout?.deployment === undefined || rollout.deployment === deployment ? state : { proof };
}

/** Whether its newest rollout has proven good. */
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

/** The state among the annotations of a ConfigMap. */
export function parseState(annotations: Readonly<Record<string, string>> | undefined): ConfigState {
  return Object.fromEntries(
    NAMES.flatMap((name) => {
      const parsed = SCHEMAS[name].safeParse(json(annotations?.[stateAnnotation(name)]));
      return parsed.success ? [[name, parsed.data]] : [];
    }),
  );
}

/** The annotations that say these state. */
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

/** What the profiles say of themselves, looked at once a second for all who wait. */
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { RESOURCES } from '../../src/controller/watch/resources.ts';
import type { Client } from '../../src/kube/client.ts';
import { ApiError, TransportError } from '../../src/kube/errors.ts';
import { collectionPath } from '../../src/kube/paths.ts';

const LOOK_MS = 1000;

const listSchema = z.object({
  items: z.array(
    z.object({
      metadata: z.object({ namespace: z.string(), uid: z.string(), generation: z.number() }),
      status: z
        .object({
          observedGeneration: z.number().optional(),
          current: z.object({ max: z.number() }).optional(),
          conditions: z.array(z.object({ type: z.string(), status: z.string(), reason: z.string() })).default([]),
        })
        .default({ conditions: [] }),
    }),
  ),
});

export type SeenProfile = {
  readonly uid: string;
  readonly generation: number;
  /** The numbers that run, where the profile is Ready for its newest spec. */
  readonly readyMax: number | undefined;
  /** The reason of its Ready. */
  readonly reason: string;
};

export class Seen {
  /** By namespace, of which each has one. */
  profiles: ReadonlyMap<string, SeenProfile> = new Map();
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }

  /** Looks until the signal. An API server that is away is asked again. */
  async keepLooking(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.look(signal);
      } catch (error) {
        if (!(error instanceof ApiError || error instanceof TransportError)) throw error;
      }
      await pause(LOOK_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  async look(signal: AbortSignal): Promise<void> {
    const call = { method: 'GET', path: collectionPath(RESOURCES.DbPoolProfile) } as const;
    const { items } = listSchema.parse(await this.#client.request(call, signal));
    this.profiles = new Map(
      items.map(({ metadata, status }) => {
        const ready = status.conditions.find(({ type }) => type === 'Ready');
        const isReady = ready?.status === 'True' && status.observedGeneration === metadata.generation;
        return [
          metadata.namespace,
          {
            uid: metadata.uid,
            generation: metadata.generation,
            readyMax: isReady ? status.current?.max : undefined,
            reason: ready?.reason ?? 'none yet',
          },
        ];
      }),
    );
  }
}

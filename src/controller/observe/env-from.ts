/** Reads the ConfigMaps of the container's `envFrom`. They do not have our label, so they are not watched. */
import type { EnvFromData, ObservedBackend } from '../../core/model/observed.ts';
import { envFromToRead } from '../../core/usage/env-from.ts';
import type { Client } from '../../kube/client.ts';
import type { ConfigMap } from '../../kube/types.ts';
import { RESOURCES } from '../watch/resources.ts';

/** Undefined where it does not matter for the decision. Throws what a read throws. */
export async function readEnvFrom(
  backend: ObservedBackend,
  client: Client,
  signal: AbortSignal,
): Promise<readonly EnvFromData[] | undefined> {
  const { namespace } = backend.profile;
  const found = envFromToRead(backend).map(async (name): Promise<EnvFromData> => {
    const object: ConfigMap | undefined = await client.get(RESOURCES.ConfigMap, namespace, name, signal);
    return { name, data: object?.data ?? {} };
  });
  return found.length === 0 ? undefined : Promise.all(found);
}

/** What of the test bed's prerequisites this machine has, for `npm run doctor`. Changes nothing. */
import type { Run } from '../runner/run.ts';
import { findDocker } from './docker/docker.ts';
import { findKind } from './kind/kind.ts';
import { missingBuildTools } from './node-image/build.ts';
import { chooseSource, describeSource } from './node-image/source.ts';
import type { Prerequisite } from './prerequisite.ts';

/** Prerequisites by name, in the order in which the set-up needs them. Throws as `chooseSource` does. */
export async function inspectMachine(run: Run): Promise<ReadonlyMap<string, Prerequisite<unknown>>> {
  const docker = await findDocker(run);
  return new Map<string, Prerequisite<unknown>>([
    ['Node', found(`${process.version} (${process.execPath})`)],
    ['Docker', docker],
    ['kind', await findKind(run)],
    ['images', await findStartImages(run, docker.kind === 'found')],
  ]);
}

function found(summary: string): Prerequisite<null> {
  return { kind: 'found', summary, value: null };
}

/** Docker asks the registry, so without Docker nobody knows yet whether one answers. */
async function findStartImages(run: Run, hasDocker: boolean): Promise<Prerequisite<null>> {
  const source = await chooseSource(run);
  const summary =
    source.kind === 'recipe' && !hasDocker
      ? 'the stock images, if a registry answers once Docker runs; else built here, once'
      : describeSource(source);
  if (source.kind !== 'recipe') return found(summary);
  const missing = await missingBuildTools(run);
  if (missing.length === 0) return found(summary);
  return { kind: 'missing', summary, next: `To build them, this machine lacks ${missing.join('; ')}.` };
}

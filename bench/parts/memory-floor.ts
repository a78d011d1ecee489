/** What a Node process takes by itself: an empty one, and one that holds as many watches as the operator. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { PlainClient } from '../cluster/plain-client.ts';

const PROGRAM = join(import.meta.dirname, 'watching.mjs');

/** The collections that the operator watches; pods twice, by two labels. */
const WATCHED = [
  '/apis/dbpool.dev/v1alpha1/dbpoolprofiles',
  '/apis/apps/v1/deployments',
  '/apis/apps/v1/replicasets',
  '/apis/autoscaling/v2/horizontalpodautoscalers',
  '/apis/batch/v1/jobs',
  '/apis/policy/v1/poddisruptionbudgets',
  '/api/v1/configmaps',
  '/api/v1/services',
  '/api/v1/pods',
  '/api/v1/pods',
];

export type MemoryFloor = { readonly emptyMb: number; readonly watchingMb: number };

export async function measureMemoryFloor({ access }: Pick<PlainClient, 'access'>): Promise<MemoryFloor> {
  const residentMb = async (paths: readonly string[]) => {
    const env = { ...access, PATHS: paths.join(' ') };
    const { stdout } = await promisify(execFile)(process.execPath, [PROGRAM], { env });
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(stdout)?.[1]) / 1024;
  };
  return { emptyMb: await residentMb([]), watchingMb: await residentMb(WATCHED) };
}

/** The operator's process: its environment, its signals and its exit code. */
import { KubeConfig } from '@kubernetes/client-node';
import { readOptions } from './operator/options.ts';
import { runOperator } from './operator/operator.ts';
import { createLog } from './telemetry/log.ts';

/** Resolves with the exit code. */
async function main(): Promise<number> {
  const config = readOptions(process.env);
  const log = createLog(config.logLevel);
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromDefault();
  const stop = new AbortController();
  // A second signal of the same kind ends the process at once.
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      log.info({ signal }, 'stopping: no new work, what is in hand is finished');
      stop.abort();
    });
  }
  const end = await runOperator({ config, kubeConfig, log }, stop.signal);
  if (end === 'lost') log.fatal('the lease is lost: another replica may lead');
  return end === 'lost' ? 1 : 0;
}

/** Node would print the line of the bundle that threw, and that is most of the program. */
function fail(error: unknown): number {
  createLog('fatal').fatal({ stack: error instanceof Error ? error.stack : undefined }, String(error));
  return 1;
}

// Work may be under way that nobody waits for any more, and another replica may lead: it ends here.
process.exit(await main().catch(fail));

/** The operator's process: its environment, its signals and its exit code. */
import { KubeConfig } from '@kubernetes/client-node';
import { readOptions } from './operator/options.ts';
import { runOperator } from './operator/operator.ts';
import { createLog } from './telemetry/log.ts';

/** Resolves with the exit code. */
async function main(): Promise<number> {
  const options = readOptions(process.env);
  const log = createLog(options.logLevel);
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromDefault();
  const stop = new AbortController();
  // A second signal of the same kind ends the process at once.
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      log.info({ signal }, 'shutting down, finishing in-flight work');
      stop.abort();
    });
  }
  const end = await runOperator({ options, kubeConfig, log }, stop.signal);
  if (end === 'lost') log.fatal('lost leader lease, exiting');
  return end === 'lost' ? 1 : 0;
}

/** Logs the error. Node itself would print the line that threw, and in the bundle that is most of the program. */
function fail(error: unknown): number {
  createLog('fatal').fatal({ stack: error instanceof Error ? error.stack : undefined }, String(error));
  return 1;
}

// Ends work that is still in flight: another replica may lead by now.
process.exit(await main().catch(fail));

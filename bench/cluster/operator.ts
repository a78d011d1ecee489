/** The operator's process in the cluster: stops and starts it, and reads its CPU and memory. */
import { execute } from '../../test/runner/execute.ts';
import type { Run } from '../../test/runner/run.ts';
import { kubectl } from '../../test/bed/bed.ts';

const NAMESPACE = 'dbpool-system';
const PODS = 'app.kubernetes.io/name=dbpool-operator';

/** Of `/proc/PID/stat`: the kernel counts CPU time in hundredths of a second. */
const TICKS_PER_SECOND = 100;

export type Vitals = {
  /** Resident memory, and the anonymous part of it, which no file backs. */
  readonly rssMb: number;
  readonly ownMb: number;
  /** Since its start. */
  readonly cpuSeconds: number;
};

/** Milliseconds from the start of the process, according to its log. */
export type Start = Readonly<Record<'loaded' | 'synced' | 'deciding' | 'settled', number>>;

export class OperatorPod {
  readonly #run: Run;
  readonly #node: string;

  constructor(run: Run, node: string) {
    this.#run = run;
    this.#node = node;
  }

  /** Resolves once no pod of it is left. */
  async stop(): Promise<void> {
    await this.#scale(0);
    await this.#kubectl('wait', '--for=delete', 'pod', '-l', PODS, '--timeout=60s');
  }

  /** One replica, which leads: its process does all of the operator's work. */
  async start(): Promise<void> {
    await this.#scale(1);
    await this.#kubectl('rollout', 'status', 'deployment/dbpool-operator', '--timeout=120s');
  }

  /** Back to the number of replicas in its manifest. */
  async restore(): Promise<void> {
    await this.#scale(2);
  }

  /** How its process came up. Waits until it has reconciled every profile once. */
  async howItStarted(deadlineMs: number): Promise<Start> {
    const endAt = performance.now() + deadlineMs;
    for (;;) {
      const lines = (await this.#kubectl('logs', '-l', PODS, '--tail=-1')).split('\n').filter((line) => line !== '');
      const start = startIn(lines);
      if (start !== undefined) return start;
      if (performance.now() > endAt) throw new Error(`the operator has not reconciled every profile: ${lines.at(-1)}`);
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }

  /** From /proc of its process in the node. */
  async vitals(): Promise<Vitals> {
    const script = `for process in /proc/[0-9]*; do
      case "$(tr '\\0' ' ' < $process/cmdline 2>/dev/null)" in
        node*/app/operator.mjs*) cat $process/stat; grep -E '^(VmRSS|RssAnon):' $process/status;;
      esac
    done`;
    const text = await execute(this.#run, ['docker', 'exec', this.#node, 'sh', '-c', script]);
    return vitalsIn(text);
  }

  #scale(replicas: number): Promise<string> {
    return this.#kubectl('scale', 'deployment/dbpool-operator', `--replicas=${replicas}`);
  }

  #kubectl(...args: readonly string[]): Promise<string> {
    return kubectl(this.#run, this.#node, ['-n', NAMESPACE, ...args]);
  }
}

function vitalsIn(text: string): Vitals {
  // The second field is a name in brackets, which may contain spaces and brackets.
  const fields = /^\d+ \(.*\) (.*)$/m.exec(text)?.[1]?.split(' ');
  const megabytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1]) / 1024;
  const ticks = Number(fields?.[11]) + Number(fields?.[12]);
  const vitals = { rssMb: megabytes('VmRSS'), ownMb: megabytes('RssAnon'), cpuSeconds: ticks / TICKS_PER_SECOND };
  if (Object.values(vitals).some(Number.isNaN)) throw new Error(`no process of the operator is in the node: ${text}`);
  return vitals;
}

type Line = { readonly time?: string; readonly message?: string; readonly sinceStartMs?: number };

/** Undefined until the log has all of it. */
function startIn(lines: readonly string[]): Start | undefined {
  const logged = lines.map((line) => JSON.parse(line) as Line);
  const last = logged.find(({ message }) => message?.startsWith('initial reconcile of all profiles done'));
  if (last?.time === undefined || last.sinceStartMs === undefined) return undefined;
  const processStart = Date.parse(last.time) - last.sinceStartMs;
  const at = (begin: string) => {
    const line = logged.find(({ message }) => message?.startsWith(begin));
    return Date.parse(line?.time ?? '') - processStart;
  };
  return {
    loaded: at('waiting for caches to sync'),
    synced: at('caches synced'),
    deciding: at('became leader'),
    settled: last.sinceStartMs,
  };
}

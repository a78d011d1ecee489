/** The operator as it is in its container: a process of its own, which knows the API server of the tests by a kubeconfig. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { vi } from 'vitest';
import type { ApiServer } from './api-server.ts';

const PROGRAM = join(import.meta.dirname, '..', '..', 'src', 'main.ts');

export class OperatorProcess implements AsyncDisposable {
  /** What it logged and what else it wrote, oldest first. */
  readonly lines: string[] = [];
  readonly #child: ChildProcess;
  readonly #folder: string;
  readonly #exited: Promise<unknown[]>;

  private constructor(child: ChildProcess, folder: string) {
    this.#child = child;
    this.#folder = folder;
    this.#exited = once(child, 'exit');
    for (const stream of [child.stdout, child.stderr])
      if (stream !== null) createInterface(stream).on('line', (line) => this.lines.push(line));
  }

  /** `rest` are further variables of its environment. */
  static start(api: ApiServer, name: string, rest: NodeJS.ProcessEnv = {}): OperatorProcess {
    const folder = mkdtempSync(join(tmpdir(), 'operator-'));
    const kubeConfig = join(folder, 'kubeconfig');
    writeFileSync(kubeConfig, api.kubeConfig().exportConfig());
    const env = {
      PROBE_IMAGE: 'dbpool-operator:test',
      HEALTH_PORT: '0',
      POD_NAME: name,
      KUBECONFIG: kubeConfig,
      ...rest,
    };
    const child = spawn(process.execPath, [PROGRAM], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    return new OperatorProcess(child, folder);
  }

  /** Resolves once it has logged this. Throws an Error where it does not in time. */
  async said(message: string, timeoutMs = 30_000): Promise<void> {
    await until(
      () => this.lines.some((line) => line.includes(message)),
      () => `${message}, but only:\n${this.lines.join('\n')}`,
      timeoutMs,
    );
  }

  /** What it answers the kubelet: `200 ok`. */
  async health(path: '/livez' | '/readyz'): Promise<string> {
    await this.said('"healthPort"');
    const port = /"healthPort":(\d+)/.exec(this.lines.join('\n'))?.[1];
    const response = await fetch(`http://127.0.0.1:${port}${path}`);
    return `${response.status} ${(await response.text()).trimEnd()}`;
  }

  send(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Its exit code, once it has ended by itself, and the milliseconds until then. */
  async exit(): Promise<{ readonly code: unknown; readonly ms: number }> {
    const from = performance.now();
    const [code] = await this.#exited;
    return { code, ms: performance.now() - from };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#exited;
    rmSync(this.#folder, { recursive: true });
  }
}

async function until(isMet: () => boolean, inWords: () => string, timeout: number): Promise<void> {
  await vi.waitUntil(isMet, { interval: 5, timeout }).catch((cause: unknown) => {
    throw new Error(`waited ${timeout / 1000} s for ${inWords()}`, { cause });
  });
}

/** What every test on kind needs: kubectl in the cluster that `npm test` made, namespaces, patience, and the audit log. */
import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach } from 'vitest';
import { kubectl as kubectlInNode, type KubectlOptions } from '../bed/bed.ts';
import { ExecuteError } from '../runner/execute.ts';
import { RunLog } from '../runner/run-log.ts';
import type { Run } from '../runner/run.ts';
import { type AuditedRequest, auditOf, OPERATOR_USER } from '../support/audit.ts';

const POLL_MS = 500;
const PATIENCE_MS = 150_000;

/** For a kubectl that waits by itself: as long as the tests do. */
export const PATIENTLY = `--timeout=${PATIENCE_MS / 1000}s`;

function setting(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: the tests on kind are run by \`npm test\``);
  return value;
}

export const NODE = setting('DBPOOL_TEST_NODE');
export const OPERATOR_IMAGE = setting('DBPOOL_TEST_OPERATOR_IMAGE');
export const STAND_IN_IMAGE = setting('DBPOOL_TEST_STAND_IN_IMAGE');
export const BACKEND_IMAGE = setting('DBPOOL_TEST_BACKEND_IMAGE');

/** Every command of these tests is in `.cache/logs/e2e-*`. */
export const run: Run = { log: new RunLog('e2e'), signal: new AbortController().signal, say: () => undefined };

export const kubectl = (args: readonly string[], options?: KubectlOptions): Promise<string> =>
  kubectlInNode(run, NODE, args, options);

const namespaces: string[] = [];

/** A namespace of this test alone. It goes when its file's tests have ended; where one failed it stays, to be looked at. */
export async function freshNamespace(purpose: string): Promise<string> {
  const name = `${purpose}-${randomBytes(3).toString('hex')}`;
  await kubectl(['create', 'namespace', name]);
  namespaces.push(name);
  return name;
}

/** A namespace of this name, new; one that an earlier run has left is deleted first. */
export async function namespaceCalled(name: string): Promise<void> {
  await kubectl(['delete', 'namespace', '--ignore-not-found', name, PATIENTLY]);
  await kubectl(['create', 'namespace', name]);
  namespaces.push(name);
}

// Its pods would take the machine from the tests that still run.
let hasFailed = false;
afterEach(({ task }) => {
  hasFailed ||= task.result?.state === 'fail';
});
afterAll(async () => {
  if (namespaces.length === 0 || hasFailed) return;
  await kubectl(['delete', 'namespace', '--wait=false', '--ignore-not-found', ...namespaces]);
});

export type Look<T> = { readonly done: T } | { readonly last: string };

/** For a look by what fails until it is done: the error is what was seen last. */
export function notYet(error: unknown): { readonly last: string } {
  if (!(error instanceof ExecuteError)) throw error;
  return { last: error.message };
}

/** Looks again and again until it is done. Throws an Error that says what was awaited and what was seen last. */
export async function waitFor<T>(what: string, look: () => Promise<Look<T>>): Promise<T> {
  const endAt = performance.now() + PATIENCE_MS;
  for (;;) {
    const seen = await look();
    if ('done' in seen) return seen.done;
    if (performance.now() > endAt)
      throw new Error(`waited ${PATIENCE_MS / 1000} s for ${what}; last seen: ${seen.last}`);
    await pause(POLL_MS);
  }
}

/** All that the operator asked of the API server, oldest first; with `words`, what holds each of them, like a namespace. */
export const auditOfOperator = (...words: readonly string[]): Promise<readonly AuditedRequest[]> =>
  auditOf(run, NODE, OPERATOR_USER, words);

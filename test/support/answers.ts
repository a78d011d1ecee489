/** What the API server of the tests can be told to answer. */
import type { KubeObject } from '../../src/kube/types.ts';
import type { Answer } from './api-server.ts';

export const json =
  (body: unknown, code = 200): Answer =>
  ({ response }) => {
    response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };

/** Any answer at all: what a proxy on the way may send. */
export const text =
  (code: number, body: string, headers: Readonly<Record<string, string>> = {}): Answer =>
  ({ response }) => {
    response.writeHead(code, { 'content-type': 'text/plain', ...headers }).end(body);
  };

/** A failure as the API server tells it: a Status, and Retry-After (in seconds) where it is given. */
export const status = (code: number, reason: string, retryAfter?: number | string): Answer =>
  text(code, JSON.stringify(statusBody(code, reason)), {
    'content-type': 'application/json',
    ...(retryAfter !== undefined && { 'retry-after': String(retryAfter) }),
  });

/** One page of a list; `next` is what to ask for to get the following one. */
export const list = (items: readonly KubeObject[], version = '1', next?: string): Answer =>
  json({ kind: 'List', apiVersion: 'v1', metadata: { resourceVersion: version, continue: next }, items });

/** Takes the request and says nothing. */
export const hang: Answer = () => undefined;

/** Breaks the connection instead of an answer. */
export const torn: Answer = ({ tear }) => tear();

/** The end of a watch that is cut in the middle. */
export const CUT = Symbol('cut');

/** The end of a watch that stays open and says nothing more. */
export const SILENCE = Symbol('silence');

/** What a watch does next: sends a piece, lets something happen, is cut, falls silent. After the last it ends well. */
export type Step = string | Uint8Array | (() => unknown) | typeof CUT | typeof SILENCE;

export const watch =
  (...steps: readonly Step[]): Answer =>
  async ({ response, tear }) => {
    response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders();
    for (const step of steps) {
      if (step === SILENCE) return;
      if (step === CUT) return tear();
      if (typeof step === 'function') await step();
      else await new Promise((sent) => response.write(step, sent));
    }
    response.end();
  };

const line = (type: string, object: unknown) => `${JSON.stringify({ type, object })}\n`;

export const added = (object: KubeObject) => line('ADDED', object);
export const modified = (object: KubeObject) => line('MODIFIED', object);
export const deleted = (object: KubeObject) => line('DELETED', object);
export const bookmark = (version: string) => line('BOOKMARK', { metadata: { resourceVersion: version } });
export const failed = (code: number, reason: string) => line('ERROR', statusBody(code, reason));

const statusBody = (code: number, reason: string) => ({
  apiVersion: 'v1',
  kind: 'Status',
  status: 'Failure',
  code,
  reason,
  message: `${reason}, as scripted`,
});

/** A Status with a message and causes, word for word as an API server sends it. */
export const refusal = (code: number, reason: string, message: string, causes: readonly object[]): Answer =>
  json({ ...statusBody(code, reason), message, details: { causes } }, code);

/** The answer to a server-side apply, not forced, of a field that another manager owns. */
export const fieldConflict = (manager: string, field: string): Answer => {
  const cause = `conflict with "${manager}" using apps/v1`;
  return refusal(409, 'Conflict', `Apply failed with 1 conflict: ${cause}: ${field}`, [
    { reason: 'FieldManagerConflict', message: cause, field },
  ]);
};

/** The answer to the creation of anything in a namespace that is being deleted. */
export const terminating: Answer = refusal(
  403,
  'Forbidden',
  'configmaps "x" is forbidden: unable to create new content in namespace shop because it is being terminated',
  [{ reason: 'NamespaceTerminating', message: 'namespace shop is being terminated', field: 'metadata.namespace' }],
);

/** The answer of a quota, of an admission webhook, and to an object that is too large. */
export const overQuota = refusal(
  403,
  'Forbidden',
  'configmaps "x" is forbidden: exceeded quota: no-config, requested: count/configmaps=1, used: count/configmaps=0, limited: count/configmaps=0',
  [],
);
export const denied = refusal(
  400,
  'BadRequest',
  'admission webhook "names.example.com" denied the request: no label team',
  [],
);
export const tooLarge = refusal(413, 'RequestEntityTooLarge', 'Request entity too large: limit is 3145728', []);

/** A ConfigMap as the API server sends it: the plainest object of all. */
export const configMap = (name: string, resourceVersion = '1', rest: { uid?: string; data?: object } = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { namespace: 'shop', name, uid: rest.uid ?? `uid-${name}`, resourceVersion },
  data: rest.data ?? {},
});

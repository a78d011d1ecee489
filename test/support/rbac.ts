/**
 * Role-based access control as the API server does it: the rules in our manifests, and what each request needs of them.
 * It knows no wildcards, since our rules have none.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { status } from './answers.ts';
import type { Answer, RecordedRequest } from './api-server.ts';

const DEPLOY = join(import.meta.dirname, '..', '..', 'deploy');

export type Rule = {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
};

export type Manifest = {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly rules?: readonly Rule[];
  readonly roleRef?: { readonly kind: string; readonly name: string };
  readonly subjects?: readonly { readonly kind: string; readonly name: string; readonly namespace?: string }[];
};

/** The objects of a file in `deploy`. */
export const manifestsIn = (file: string): readonly Manifest[] =>
  parseAllDocuments(readFileSync(join(DEPLOY, file), 'utf8')).map((document) => document.toJS() as Manifest);

export const rulesIn = (file: string): readonly Rule[] => manifestsIn(file).flatMap(({ rules = [] }) => rules);

/** What the operator may do where it watches: in all namespaces, or in each of a list. */
export const WATCHED = rulesIn('cluster-role.yaml');

/** A right in words: `patch dbpool.dev/dbpoolprofiles/status`. */
export const rightsOf = (rules: readonly Rule[]): readonly string[] =>
  rules.flatMap(({ apiGroups, resources, verbs }) =>
    apiGroups.flatMap((group) => resources.flatMap((resource) => verbs.map((verb) => `${verb} ${group}/${resource}`))),
  );

const PLACE =
  /^\/(?:api|apis\/(?<group>[^/]+))\/[^/]+(?:\/namespaces\/(?<namespace>[^/]+))?\/(?<resource>[^/]+)(?:\/(?<name>[^/]+)(?<subresource>\/[^/]+)?)?$/;

/** The right that a request needs, and where: the namespace is undefined where it is all of them. */
export function neededFor({ verb, path }: Pick<RecordedRequest, 'verb' | 'path'>) {
  const { group = '', namespace, resource = '', name, subresource = '' } = PLACE.exec(path)?.groups ?? {};
  const verbs = {
    GET: name === undefined ? 'list' : 'get',
    WATCH: 'watch',
    POST: 'create',
    PUT: 'update',
    PATCH: 'patch',
    DELETE: 'delete',
  } as const;
  return { right: `${verbs[verb]} ${group}/${resource}${subresource}`, namespace, name };
}

/** Answers as `answer` does, and with 403 what the rules of its namespace do not allow. */
export const authorized =
  (rulesOf: (namespace: string | undefined) => readonly Rule[], answer: Answer): Answer =>
  (exchange) => {
    const { right, namespace, name = '' } = neededFor(exchange.request);
    const rules = rulesOf(namespace).filter(({ resourceNames }) => resourceNames?.includes(name) ?? true);
    return (rightsOf(rules).includes(right) ? answer : status(403, 'Forbidden'))(exchange);
  };

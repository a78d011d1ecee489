/**
 * The schema of the status in crds/dbpoolprofiles.yaml, and what the API server says against a status: types, bounds, fields that it does
 * not know, keys that stand twice in a list. Written apart from src/api, which it checks.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

export type CrdSchema = {
  readonly type: 'object' | 'array' | 'string' | 'integer';
  readonly properties?: Readonly<Record<string, CrdSchema>>;
  readonly required?: readonly string[];
  readonly items?: CrdSchema;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxLength?: number;
  readonly maxItems?: number;
  readonly pattern?: string;
  readonly format?: string;
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
};

type Crd = {
  readonly spec: {
    readonly versions: readonly [{ readonly schema: { readonly openAPIV3Schema: CrdSchema } }];
  };
};

const crd = parse(readFileSync(join(import.meta.dirname, '..', '..', 'crds', 'dbpoolprofiles.yaml'), 'utf8')) as Crd;
const status = crd.spec.versions[0].schema.openAPIV3Schema.properties?.['status'];
if (status === undefined) throw new Error('the CRD has no status');

export const STATUS_SCHEMA: CrdSchema = status;

/** What the API server would reject a status for; empty where it accepts it. It reads the JSON, in which nothing is undefined. */
export const violationsOf = (value: unknown): readonly string[] =>
  violations(JSON.parse(JSON.stringify(value)), STATUS_SCHEMA, 'status');

function violations(value: unknown, schema: CrdSchema, path: string): readonly string[] {
  switch (schema.type) {
    case 'string':
      return typeof value === 'string' ? ofText(value, schema, path) : [`${path}: no string`];
    case 'integer':
      return Number.isSafeInteger(value) ? ofInteger(value as number, schema, path) : [`${path}: no integer`];
    case 'array':
      return Array.isArray(value) ? ofList(value, schema, path) : [`${path}: no array`];
    case 'object':
      return typeof value === 'object' && value !== null && !Array.isArray(value)
        ? ofObject(value as Record<string, unknown>, schema, path)
        : [`${path}: no object`];
  }
}

const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/;

/** Lengths are in code points, as in Go. */
const ofText = (
  text: string,
  { enum: values, maxLength = Infinity, pattern = '', format }: CrdSchema,
  path: string,
) => [
  ...(values === undefined || values.includes(text) ? [] : [`${path}: not in the enum`]),
  ...(Array.from(text).length <= maxLength ? [] : [`${path}: longer than ${maxLength}`]),
  ...(new RegExp(pattern, 'u').test(text) ? [] : [`${path}: does not match ${pattern}`]),
  ...(text.isWellFormed() ? [] : [`${path}: half a surrogate pair`]),
  ...(format === undefined || (TIME.test(text) && Date.parse(text) > -Infinity) ? [] : [`${path}: no ${format}`]),
];

const ofInteger = (value: number, { minimum = -Infinity, maximum = Infinity }: CrdSchema, path: string) =>
  value >= minimum && value <= maximum ? [] : [`${path}: not from ${minimum} to ${maximum}`];

function ofList(list: readonly unknown[], schema: CrdSchema, path: string): readonly string[] {
  const { items = { type: 'object' }, maxItems = Infinity, 'x-kubernetes-list-map-keys': keys } = schema;
  const names = list.map((item) => JSON.stringify(keys?.map((key) => (item as Record<string, unknown> | null)?.[key])));
  return [
    ...list.flatMap((item, index) => violations(item, items, `${path}[${index}]`)),
    ...(list.length <= maxItems ? [] : [`${path}: more than ${maxItems} items`]),
    ...(keys === undefined || new Set(names).size === names.length ? [] : [`${path}: a key twice`]),
  ];
}

function ofObject(value: Record<string, unknown>, schema: CrdSchema, path: string): readonly string[] {
  const { properties = {}, required = [] } = schema;
  const fields = Object.entries(value).flatMap(([key, member]) => {
    const found = properties[key];
    return found === undefined ? [`${path}.${key}: unknown field`] : violations(member, found, `${path}.${key}`);
  });
  return [...fields, ...required.filter((key) => !(key in value)).map((key) => `${path}.${key}: required`)];
}

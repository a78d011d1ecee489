/**
 * Makes any draft of a status one that the API server accepts, by the schema of the CRD itself: numbers saturate, texts and lists are
 * cut, and a value that cannot be mended is left out. `Ready` says what was lost. A draft that fits is unchanged.
 */
import { cutText } from './cut-text.ts';
import { type OpenApi, openApi } from './open-api.ts';
import { type ProfileStatus, statusSchema } from './status.ts';

const SCHEMA = openApi(statusSchema);

/** Where a value is in the status, "history[0].summary", and where to note that it was changed. */
type Place = { readonly path: string; readonly losses: string[] };

/** The value as it fits; undefined where it has to be left out. */
type Fit = (value: unknown, schema: OpenApi, place: Place) => unknown;

export function fitStatus(draft: ProfileStatus): ProfileStatus {
  const losses: string[] = [];
  const status = fitObject(draft, SCHEMA, { path: '', losses }) as ProfileStatus;
  return losses.length === 0 ? status : withNotice(status, losses);
}

const NOTICE_MAX = 2000;
const MESSAGE_MAX = SCHEMA.properties?.['conditions']?.items?.properties?.['message']?.maxLength ?? NOTICE_MAX;

/** Adds to the message of `Ready` what the status lacks. */
function withNotice({ conditions = [], ...status }: ProfileStatus, losses: readonly string[]): ProfileStatus {
  const notice = cutText(` The status has no room for: ${losses.join('; ')}.`, NOTICE_MAX);
  return {
    ...status,
    conditions: conditions.map((condition) =>
      condition.type === 'Ready'
        ? { ...condition, message: cutText(condition.message, MESSAGE_MAX - notice.length) + notice }
        : condition,
    ),
  };
}

const fitValue: Fit = (value, schema, place) => {
  const { type = 'object' } = schema;
  return { string: fitString, integer: fitInteger, array: fitArray, object: fitObject }[type](value, schema, place);
};

/** Notes what happened to the value; returns undefined, for a value that is left out. */
function note({ path, losses }: Place, what: string): undefined {
  losses.push(`${path} ${what}`);
}

const fitString: Fit = (value, schema, place) => {
  if (typeof value !== 'string') return note(place, 'is no text');
  const { maxLength = Infinity } = schema;
  const text = cutText(value, maxLength);
  if (!isAllowed(text, schema)) return note(place, `may not be ${JSON.stringify(cutText(text, 50))}`);
  if (value.length > maxLength) note(place, `has ${Array.from(value).length} characters`);
  return text;
};

const isAllowed = (text: string, { enum: values, pattern, format }: OpenApi): boolean =>
  (values === undefined || values.includes(text)) &&
  (pattern === undefined || new RegExp(pattern).test(text)) &&
  (format !== 'date-time' || isTime(text));

const isTime = (text: string) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(text) && !Number.isNaN(Date.parse(text));

const fitInteger: Fit = (value, { minimum = -Infinity, maximum = Infinity }, place) => {
  if (typeof value !== 'number' || Number.isNaN(value)) return note(place, 'is no number');
  if (value > maximum) note(place, `is more than ${maximum}`);
  if (value < minimum) note(place, `is less than ${minimum}`);
  return Math.round(Math.min(maximum, Math.max(minimum, value)));
};

const fitArray: Fit = (value, { items = {}, maxItems = Infinity, ...schema }, place) => {
  if (!Array.isArray(value)) return note(place, 'is no list');
  const { path, losses } = place;
  const fitting = value.flatMap((item, index) => fitValue(item, items, { path: `${path}[${index}]`, losses }) ?? []);
  const unique = firstOfEachKey(fitting, schema['x-kubernetes-list-map-keys']);
  if (unique.length < fitting.length) note(place, 'has a key twice');
  if (unique.length > maxItems) note(place, `has ${unique.length} entries`);
  return unique.slice(0, maxItems);
};

function firstOfEachKey(items: readonly unknown[], keys: readonly string[] | undefined): readonly unknown[] {
  if (keys === undefined) return items;
  const keyOf = (item: unknown) => JSON.stringify(keys.map((key) => Reflect.get(item as object, key) as unknown));
  return [...new Map(items.toReversed().map((item) => [keyOf(item), item])).values()].toReversed();
}

const fitObject: Fit = (value, { properties = {}, required = [] }, place) => {
  if (typeof value !== 'object' || value === null) return note(place, 'is no object');
  const path = place.path === '' ? '' : `${place.path}.`;
  const fields = Object.entries(value).flatMap(([key, member]: [string, unknown]) => {
    const schema = properties[key];
    const at = { ...place, path: `${path}${key}` };
    if (member === undefined) return [];
    const fitting = schema === undefined ? note(at, 'is no field') : fitValue(member, schema, at);
    return fitting === undefined ? [] : [[key, fitting] as const];
  });
  const fitting = Object.fromEntries(fields);
  const missing = required.filter((key) => !(key in fitting));
  return missing.length === 0 ? fitting : note(place, `lacks ${missing.join(' and ')}`);
};

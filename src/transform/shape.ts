/**
 * What a transform expects of a value. A value of another type counts as missing, since an API server or a proxy on the way may send
 * anything, and a long text is cut. A field that no shape names is left as it is, and a value that fits is returned itself.
 */
import { cutText } from '../api/v1alpha1.ts';

/** The value as it fits; undefined where it counts as missing. */
export type Shape = (value: unknown) => unknown;

export const text =
  (max = Infinity): Shape =>
  (value) => {
    if (typeof value !== 'string') return undefined;
    return value.length <= max ? value : cutText(value, max);
  };

export const flag: Shape = (value) => (typeof value === 'boolean' ? value : undefined);

export const whole: Shape = (value) => (Number.isSafeInteger(value) ? value : undefined);

/** With the value that a missing one has. */
export const orElse =
  (shape: Shape, missing: unknown): Shape =>
  (value) =>
    shape(value) ?? missing;

/** Items that do not fit are left out, and those after the first `max`. */
export const list =
  (item: Shape, max = Infinity): Shape =>
  (value) => {
    if (!Array.isArray(value)) return undefined;
    const all: readonly unknown[] = value;
    const fitting = all.slice(0, max).flatMap((one) => item(one) ?? []);
    return fitting.length === all.length && fitting.every((one, index) => one === all[index]) ? all : fitting;
  };

export const map =
  (member: Shape): Shape =>
  (value) => {
    if (!isObject(value)) return undefined;
    const members = Object.entries(value);
    if (members.every(([, one]) => member(one) === one)) return value;
    return Object.fromEntries(
      members.map(([key, one]) => [key, member(one)] as const).filter(([, one]) => one !== undefined),
    );
  };

/** An object without one of the `required` fields counts as missing. */
export const object =
  (fields: Readonly<Record<string, Shape>>, required: readonly string[] = []): Shape =>
  (value) => {
    if (!isObject(value)) return undefined;
    const changed = Object.entries(fields).flatMap(([key, shape]) => {
      const before = Object.hasOwn(value, key) ? value[key] : undefined;
      const after = shape(before);
      return after === before ? [] : [[key, after] as const];
    });
    const fitting = changed.length === 0 ? value : { ...value, ...Object.fromEntries(changed) };
    return required.every((key) => fitting[key] !== undefined) ? fitting : undefined;
  };

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

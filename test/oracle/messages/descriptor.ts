/** Connect data: `(DESCRIPTION=(CONNECT_DATA=(SERVICE_NAME=x)(CID=(PROGRAM=y)...)))`, in any order and case. */

/** Names in upper case; a list's value is its text. */
export type Descriptor = ReadonlyMap<string, string>;

/** All simple values of connect data by name. A name that occurs more than once keeps its first value. */
export function readDescriptor(data: string): Descriptor {
  const found = new Map<string, string>();
  for (const [, name = '', value = ''] of data.matchAll(/\(\s*([\w.]+)\s*=\s*([^()]*?)\s*\)/g)) {
    const key = name.toUpperCase();
    if (!found.has(key)) found.set(key, value);
  }
  return found;
}

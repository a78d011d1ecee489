/**
 * Which items belong together, directly or through others: those that have a key in common. The result has for each item the least key of
 * all that belong to it; items without a key are left out.
 */
export function components<T>(items: readonly T[], keysOf: (item: T) => readonly string[]): ReadonlyMap<T, string> {
  /** From each key to another of its component, and from the least one to itself. */
  const next = new Map<string, string>();
  const leastOf = (key: string): string => {
    let least = key;
    for (let other = next.get(least); other !== undefined && other !== least; other = next.get(least)) least = other;
    if (least !== key) next.set(key, least);
    return least;
  };
  const keyed = items.map((item) => ({ item, keys: keysOf(item) }));
  for (const { keys } of keyed.filter((one) => one.keys.length > 1)) {
    const roots = keys.map(leastOf).toSorted();
    for (const root of roots) next.set(root, roots[0] ?? root);
  }
  return new Map(keyed.flatMap(({ item, keys: [key] }) => (key === undefined ? [] : [[item, leastOf(key)] as const])));
}

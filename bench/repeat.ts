/** The same once more, one after the other. */
export async function repeat<T>(times: number, take: () => Promise<T>): Promise<readonly T[]> {
  const taken: T[] = [];
  while (taken.length < times) taken.push(await take());
  return taken;
}

/**
 * Groups that an administrator gives to namespaces, by the operator's setting CROSS_NAMESPACE_GROUPS. Without that, no profile
 * shares sessions with one of another namespace: who may write a profile could otherwise hold the rollouts of another team.
 */

export type CrossNamespaceGroup = {
  /** `spec.database.sessions.group` of its profiles. */
  readonly name: string;
  /** Profiles of other namespaces that name the group are not in it. */
  readonly namespaces: readonly string[];
  /** Sessions of all its backends together; undefined where the limits of each namespace are all that is known. */
  readonly limit: number | undefined;
};

/** Of a group: `NAME=NAMESPACE|NAMESPACE[:LIMIT]`. */
const GROUP =
  /^(?<name>[^\s,=]{1,63})=(?<namespaces>[a-z0-9-]{1,63}(?:\|[a-z0-9-]{1,63})*)(?::(?<limit>[1-9]\d{0,8}))?$/;

/** Reads "prod=shop|search:600,dev=shop-dev|search-dev". Undefined where the text has another form, or names a group twice. */
export function parseCrossNamespaceGroups(text: string): readonly CrossNamespaceGroup[] | undefined {
  if (text === '') return [];
  const groups = text.split(',').map((part) => {
    const { name = '', namespaces = '', limit } = GROUP.exec(part)?.groups ?? {};
    return { name, namespaces: namespaces.split('|'), limit: limit === undefined ? undefined : Number(limit) };
  });
  const names = new Set(groups.map(({ name }) => name));
  return names.has('') || names.size < groups.length ? undefined : groups;
}

/** The group of this name that is given to the namespace. */
export const groupGivenTo = (
  groups: readonly CrossNamespaceGroup[],
  namespace: string,
  group: string | undefined,
): CrossNamespaceGroup | undefined =>
  groups.find(({ name, namespaces }) => name === group && namespaces.includes(namespace));

/** What was looked for, whether it holds, and what was seen, in words for a person. */
export type Finding = { readonly title: string; readonly holds: boolean; readonly seen: string };

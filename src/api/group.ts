/** Group, version, kind and plural of the resource. */

export const GROUP = 'dbpool.dev';
export const VERSION = 'v1alpha1';
export const KIND = 'DbPoolProfile';
export const PLURAL = 'dbpoolprofiles';

/** Maximum length of a profile's name. Names of Jobs add a hash and a number to it, and have 63 characters at most. */
export const NAME_MAX = 40;

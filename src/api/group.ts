/** How the resource is called. */

export const GROUP = 'dbpool.dev';
export const VERSION = 'v1alpha1';
export const KIND = 'DbPoolProfile';
export const PLURAL = 'dbpoolprofiles';

/** Longest name of a profile: Jobs and labels carry it, with a hash and a number behind it, in 63 characters. */
export const NAME_MAX = 40;

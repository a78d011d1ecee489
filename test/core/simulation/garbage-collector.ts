/** What the garbage collector leaves of ConfigMaps. */
import type { ObservedConfigMap } from '../../../src/core/model/observed.ts';

/** Once the owner is gone: what nobody else owns goes with it. */
export const withoutOwner = (configMaps: readonly ObservedConfigMap[], uid: string): readonly ObservedConfigMap[] =>
  configMaps.flatMap((one) => {
    const owners = one.owners.filter((owner) => owner.uid !== uid);
    if (owners.length === one.owners.length) return one;
    return owners.length === 0 ? [] : { ...one, owners };
  });

/** Whether one of its owners is there: `uids` are those of all objects. */
export const hasLivingOwner = ({ owners }: ObservedConfigMap, uids: readonly string[]): boolean =>
  owners.some(({ uid }) => uids.includes(uid));

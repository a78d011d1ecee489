import { describe, expect, test } from 'vitest';
import { decide } from '../../../src/core/decide.ts';
import {
  deploymentOwnerReference,
  type OwnerReference,
  profileOwnerReference,
} from '../../../src/core/model/naming.ts';
import type { ObservedConfigMap } from '../../../src/core/model/observed.ts';
import { transformConfigMap } from '../../../src/transform/config-map.ts';
import {
  DEPLOYMENT_OWNER,
  PROFILE_OWNER,
  deploymentUsing,
  observed,
  pods,
  renderedConfigMap,
  replicaSet,
  succeededState,
} from '../builders.ts';
import { actionNames, newConfig, oldConfig, unprobedProfile } from '../rollout-builders.ts';

const FORMER_OWNER = deploymentOwnerReference('search-api', 'uid in another cluster');
const FORMER_PROFILE = profileOwnerReference('search', 'former-profile-uid');
const OTHER_OWNER = deploymentOwnerReference('former-target', 'former-uid');

/** A backend that runs the settings of the spec, with these ConfigMaps. */
const running = (...configMaps: readonly ObservedConfigMap[]) =>
  observed({
    profile: unprobedProfile(),
    configMaps,
    deployment: deploymentUsing(newConfig.name),
    replicaSets: [replicaSet(newConfig.hash, 1, 3)],
    pods: pods(newConfig.hash),
  });

const ownersWritten = (seen: ReturnType<typeof running>) =>
  decide(seen).actions.flatMap(({ kind, object: { metadata } }) =>
    kind === 'recordState' ? [[metadata.name, metadata['ownerReferences']]] : [],
  );

describe('a ConfigMap that came back from a backup, or moved with its namespace to another cluster', () => {
  // Backups keep labels, annotations and data. The managedFields are those of the tool.
  const restored = (changes: object = {}) => {
    const metadata = {
      namespace: 'shop',
      name: newConfig.name,
      uid: 'new',
      resourceVersion: '5',
      labels: { 'app.kubernetes.io/managed-by': 'dbpool-operator', 'dbpool.dev/profile': 'search' },
      managedFields: [{ manager: 'velero-server', operation: 'Update' }],
      ...changes,
    };
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata, immutable: true, data: newConfig.data };
    const found = transformConfigMap(object);
    if (found === undefined) throw new Error(`${newConfig.name} is no ConfigMap of the operator`);
    return found;
  };

  test.for<[string, object]>([
    ['without owners', {}],
    ['with owners of the other cluster', { ownerReferences: [FORMER_OWNER] }],
  ])('a restored ConfigMap %s is used, and owned by the Deployment and the profile that are there', ([, metadata]) => {
    const seen = running(restored(metadata));
    expect(decide(seen).status.conditions?.find(({ type }) => type === 'ConfigRendered')).toMatchObject({
      status: 'True',
      reason: 'Rendered',
    });
    expect(actionNames(seen).filter((name) => name.includes('Deployment') || name.startsWith('rollOut'))).toEqual([]);
    expect(ownersWritten(seen)).toEqual([[newConfig.name, [DEPLOYMENT_OWNER, PROFILE_OWNER]]]);
  });

  test('a ConfigMap of other settings is taken over too, before the garbage collector deletes it', () => {
    const seen = running(renderedConfigMap(newConfig, { state: succeededState }), {
      ...renderedConfigMap(oldConfig),
      owners: [FORMER_OWNER],
    });
    expect(ownersWritten(seen)).toEqual([[oldConfig.name, [DEPLOYMENT_OWNER, PROFILE_OWNER]]]);
  });
});

describe('the owners of a ConfigMap', () => {
  test('a ConfigMap of a former target gets a further owner, and keeps the one that may still use it', () => {
    const seen = running(renderedConfigMap(newConfig, { owners: [OTHER_OWNER, FORMER_OWNER] }));
    expect(ownersWritten(seen)).toEqual([[newConfig.name, [OTHER_OWNER, DEPLOYMENT_OWNER, PROFILE_OWNER]]]);
  });

  test("a ConfigMap of a former target with other settings is not the present Deployment's", () => {
    const seen = running(renderedConfigMap(newConfig, { state: succeededState }), {
      ...renderedConfigMap(oldConfig),
      owners: [OTHER_OWNER],
    });
    expect(ownersWritten(seen)).toEqual([[oldConfig.name, [OTHER_OWNER, PROFILE_OWNER]]]);
  });

  test('a ConfigMap with the labels of the profile and other data is never taken over', () => {
    const seen = running(renderedConfigMap(newConfig, { state: succeededState }), {
      ...renderedConfigMap(oldConfig, { data: { team: 'search' } }),
      owners: [],
    });
    expect(ownersWritten(seen)).toEqual([]);
    expect(actionNames(seen)).toEqual([]);
  });

  test.for<[string, readonly OwnerReference[], readonly OwnerReference[]]>([
    ['the Deployment was created anew', [FORMER_OWNER, PROFILE_OWNER], [PROFILE_OWNER, DEPLOYMENT_OWNER]],
    ['the profile was applied again', [DEPLOYMENT_OWNER, FORMER_PROFILE], [DEPLOYMENT_OWNER, PROFILE_OWNER]],
    ['both were', [FORMER_OWNER, FORMER_PROFILE], [DEPLOYMENT_OWNER, PROFILE_OWNER]],
  ])('are corrected if %s', ([, owners, written]) => {
    expect(ownersWritten(running(renderedConfigMap(newConfig, { owners })))).toEqual([[newConfig.name, written]]);
  });

  test('are never controllers, and block no deletion', () => {
    const fields = [DEPLOYMENT_OWNER, PROFILE_OWNER].flatMap((owner) => Object.keys(owner));
    expect(new Set(fields)).toEqual(new Set(['apiVersion', 'kind', 'name', 'uid']));
  });
});

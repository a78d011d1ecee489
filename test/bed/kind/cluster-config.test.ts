import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { AUDIT_LOG, AUDIT_POLICY, AUDIT_POLICY_IN_NODE, clusterConfig } from './cluster-config.ts';

type Config = {
  readonly nodes: readonly { readonly image: string; readonly extraMounts: readonly unknown[] }[];
  readonly networking?: { readonly disableDefaultCNI: boolean };
  readonly kubeadmConfigPatches: readonly string[];
};

/** kind's configuration, and the patches for kubeadm in it by their kind. */
function configOf(hasSystemd: boolean) {
  const config = parse(clusterConfig({ name: 'some/node:v1', hasSystemd })) as Config;
  const patches = config.kubeadmConfigPatches.map((text) => parse(text) as { kind: string });
  return { ...config, patches: Object.fromEntries(patches.map((patch) => [patch.kind, patch])) };
}

describe.for([
  ['the stock image', true],
  ['the project’s own image', false],
] as const)('a cluster of %s', ([, hasSystemd]) => {
  test('a cluster is one node of its image', () => {
    expect(configOf(hasSystemd).nodes).toMatchObject([{ role: 'control-plane', image: 'some/node:v1' }]);
  });

  test('a cluster writes an audit log by the policy that is mounted into the node', () => {
    const { nodes, patches } = configOf(hasSystemd);
    expect(existsSync(AUDIT_POLICY)).toBe(true);
    expect(nodes[0]?.extraMounts).toEqual([
      { hostPath: AUDIT_POLICY, containerPath: AUDIT_POLICY_IN_NODE, readOnly: true },
    ]);
    expect(patches['ClusterConfiguration']).toMatchObject({
      apiServer: {
        extraArgs: [
          { name: 'audit-policy-file', value: AUDIT_POLICY_IN_NODE },
          { name: 'audit-log-path', value: AUDIT_LOG },
        ],
      },
    });
  });
});

describe('systemd', () => {
  test('a stock image keeps its network and kubelet unchanged', () => {
    const { networking, patches } = configOf(true);
    expect(networking).toBeUndefined();
    expect(Object.keys(patches)).toEqual(['ClusterConfiguration']);
  });

  test('the project’s own image brings its own network and manages cgroups itself', () => {
    const { networking, patches } = configOf(false);
    expect(networking).toMatchObject({ disableDefaultCNI: true });
    expect(patches['KubeletConfiguration']).toMatchObject({ cgroupDriver: 'cgroupfs' });
  });
});

/** kind's configuration of a cluster: one node with the API server's audit log, adapted to the node image. */
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { NodeImage } from '../node-image/source.ts';

/** The audit log, as a path in the node. */
export const AUDIT_LOG = '/var/log/kubernetes/audit.log';

/** On this machine, mounted into the node. The path of the mount also tells which checkout a cluster belongs to. */
export const AUDIT_POLICY = join(import.meta.dirname, 'audit-policy.yaml');
export const AUDIT_POLICY_IN_NODE = '/etc/kubernetes/audit/policy.yaml';

/** The text of kind's configuration file. */
export function clusterConfig(image: NodeImage): string {
  return stringify({
    kind: 'Cluster',
    apiVersion: 'kind.x-k8s.io/v1alpha4',
    ...(image.hasSystemd ? {} : { networking: { disableDefaultCNI: true, podSubnet: '10.244.0.0/16' } }),
    nodes: [
      {
        role: 'control-plane',
        image: image.name,
        extraMounts: [{ hostPath: AUDIT_POLICY, containerPath: AUDIT_POLICY_IN_NODE, readOnly: true }],
      },
    ],
    kubeadmConfigPatches: [auditLog, ...(image.hasSystemd ? [] : [kubeletWithoutSystemd])].map((patch) =>
      stringify(patch),
    ),
  });
}

const auditLog = {
  kind: 'ClusterConfiguration',
  apiServer: {
    extraArgs: [
      { name: 'audit-policy-file', value: AUDIT_POLICY_IN_NODE },
      { name: 'audit-log-path', value: AUDIT_LOG },
    ],
    extraVolumes: [
      {
        name: 'audit-policy',
        hostPath: '/etc/kubernetes/audit',
        mountPath: '/etc/kubernetes/audit',
        readOnly: true,
        pathType: 'Directory',
      },
      {
        name: 'audit-log',
        hostPath: '/var/log/kubernetes',
        mountPath: '/var/log/kubernetes',
        pathType: 'DirectoryOrCreate',
      },
    ],
  },
};

const kubeletWithoutSystemd = {
  kind: 'KubeletConfiguration',
  cgroupDriver: 'cgroupfs',
  cgroupRoot: '/kubelet',
  failCgroupV1: false,
  // Docker's own nameserver answers only in the node: the image has a file for pods, so CoreDNS does not ask itself.
  resolvConf: '/kind/pod-resolv.conf',
};

/**
 * What is done to a cluster: each fault happens once, lasts as long as it is told, and is taken back, whatever becomes of
 * the test. Knows nothing of what must hold meanwhile or after.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { stringify } from 'yaml';
import { kubectl } from '../bed/bed.ts';
import { frozen, type KindNode, pidOf, shell, signal } from './node.ts';
import { answers, ask, leader, operatorPid, operatorPods, SYSTEM } from './operator-pods.ts';

export type Fault = {
  readonly title: string;
  /** Injects it for so many milliseconds; one that is over at once takes no notice of them. Resolves once it is taken back. */
  readonly inject: (node: KindNode, ms: number) => Promise<void>;
  /** Whether the API server may end by it without having written into its audit log what it did last. */
  readonly breaksLog?: boolean;
};

export const FAULTS = {
  leaderKilled: { title: 'leader killed (kill -9)', inject: killLeader },
  leaderFrozen: {
    title: 'leader frozen (SIGSTOP)',
    inject: async (node, ms) => frozen(node, await operatorPid(node, await leader(node)), () => pause(ms)),
  },
  leadersFrozen: { title: 'leader frozen, then the next one too', inject: freezeInTurn },
  leaderCutOff: {
    title: "leader's network cut",
    inject: async (node, ms) => cutOff(node, [await leader(node)], () => pause(ms)),
  },
  allCutOff: {
    title: "all replicas' network cut",
    inject: async (node, ms) => cutOff(node, await operatorPods(node), () => pause(ms)),
  },
  apiServerKilled: { title: 'API server killed (kill -9)', inject: killApiServer, breaksLog: true },
  etcdFrozen: {
    title: 'etcd frozen (SIGSTOP)',
    inject: async (node, ms) => {
      await frozen(node, await pidOf(node, 'etcd'), () => pause(ms));
      await answers(node);
    },
    breaksLog: true,
  },
  overload: { title: 'one call at a time, 429 for others', inject: (node, ms) => oneAtATime(node, () => pause(ms)) },
} as const satisfies Readonly<Record<string, Fault>>;

/** A new pod takes the place of the dead one: the kubelet would start that again only after a pause that doubles. */
async function killLeader(node: KindNode): Promise<void> {
  const pod = await leader(node);
  await signal(node, await operatorPid(node, pod), 'KILL');
  await ask(node, 'delete', 'pod', '-n', SYSTEM, pod, '--wait=false');
}

/** The first goes on when the second does, long after its lease has run out. */
async function freezeInTurn(node: KindNode, ms: number): Promise<void> {
  const first = await leader(node);
  await frozen(node, await operatorPid(node, first), async () => {
    const second = await leader(node, first);
    await frozen(node, await operatorPid(node, second), () => pause(ms));
  });
}

/** The kubelet starts the API server again; itself started anew, it has forgotten how often it did so, and does not wait. */
async function killApiServer(node: KindNode): Promise<void> {
  await signal(node, await pidOf(node, 'kube-apiserver'), 'KILL');
  await signal(node, await pidOf(node, 'kubelet'), 'TERM');
  await answers(node);
}

/** Before all that Kubernetes itself has, but for those that are exempt. */
const PRECEDENCE = 2;

/** Drops what these pods send to the API server; connections that are open hang. Their health is still asked for. */
export async function cutOff<T>(node: KindNode, pods: readonly string[], meanwhile: () => Promise<T>): Promise<T> {
  const addresses = await Promise.all(
    pods.map((pod) => ask(node, 'get', 'pod', '-n', SYSTEM, pod, '-o', 'jsonpath={.status.podIP}')),
  );
  const rules = (action: '-I' | '-D') =>
    addresses.map((ip) => `iptables -w ${action} INPUT -s ${ip} -p tcp --dport 6443 -j DROP`).join(' && ');
  await shell(node, rules('-I'));
  try {
    return await meanwhile();
  } finally {
    await shell(node, rules('-D'));
  }
}

/** API Priority and Fairness gives the operator no seat: what comes while another call of it is served is refused with 429. */
export async function oneAtATime<T>(node: KindNode, meanwhile: () => Promise<T>): Promise<T> {
  const name = 'no-seat-for-the-operator';
  const metadata = { name };
  const limited = { nominalConcurrencyShares: 0, borrowingLimitPercent: 0, limitResponse: { type: 'Reject' } };
  const subject = { kind: 'ServiceAccount', serviceAccount: { name: 'dbpool-operator', namespace: SYSTEM } };
  const everything = { verbs: ['*'], apiGroups: ['*'], resources: ['*'], clusterScope: true, namespaces: ['*'] };
  const apiVersion = 'flowcontrol.apiserver.k8s.io/v1';
  const objects = [
    { apiVersion, kind: 'PriorityLevelConfiguration', metadata, spec: { type: 'Limited', limited } },
    {
      apiVersion,
      kind: 'FlowSchema',
      metadata,
      spec: {
        matchingPrecedence: PRECEDENCE,
        priorityLevelConfiguration: { name },
        rules: [{ subjects: [subject], resourceRules: [everything] }],
      },
    },
  ];
  await kubectl(node.run, node.name, ['apply', '-f', '-'], {
    stdin: objects.map((object) => stringify(object)).join('---\n'),
  });
  try {
    // The API server says so of a schema by which it goes already.
    await ask(node, 'wait', 'flowschema', name, '--for=condition=Dangling=False', '--timeout=25s');
    return await meanwhile();
  } finally {
    await ask(node, 'delete', 'flowschema', name);
    await ask(node, 'delete', 'prioritylevelconfiguration', name);
  }
}

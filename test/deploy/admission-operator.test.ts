/** The policies on the operator's writes name what the code writes: a field that it begins to write is refused in a cluster, and here. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { poolConfig } from '../../src/core/config/pool-config.ts';
import { HASH_LENGTH } from '../../src/core/model/json.ts';
import { ANNOTATION, FINALIZER, LOGON_RESULTS_NAME, SALT_KEY, SALT_NAME } from '../../src/core/model/naming.ts';
import { VARIABLES } from '../../src/core/model/variables.ts';
import { probeJob } from '../../src/core/probe/job.ts';
import { placementOf } from '../../src/transform/deployment.ts';
import { deployment, profile, SETTINGS, spec } from '../core/builders.ts';
import { manifestsIn } from '../support/rbac.ts';

type Policy = {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly variables?: readonly { readonly name: string; readonly expression: string }[];
    readonly validations: readonly { readonly expression: string }[];
  };
};

const policies = (manifestsIn('admission-operator.yaml') as unknown as readonly Policy[]).filter(
  ({ kind }) => kind === 'ValidatingAdmissionPolicy',
);

function policy(name: string): Policy['spec'] {
  const found = policies.find(({ metadata }) => metadata.name === `dbpool-operator-${name}`);
  if (found === undefined) throw new Error(`no policy ${name}`);
  return found.spec;
}

const textOf = ({ validations }: Policy['spec']): string => validations.map(({ expression }) => expression).join('\n');

/** The strings of each list in an expression. */
const listsIn = (expression: string): string[][] =>
  [...expression.matchAll(/\[('[^\]]*')\]/g)].map(([, list = '']) =>
    [...list.matchAll(/'([^']*)'/g)].map(([, item = '']) => item),
  );

/** The fields that a policy allows. */
function allowed(variable: string): readonly string[] {
  const found = policy('jobs').variables?.find(({ name }) => name === variable);
  return listsIn(found?.expression ?? '').flat();
}

/** Of a profile with all references, of a Deployment with all that a probe takes from it. */
function rendered() {
  const wanted = spec({
    database: {
      connectString: 'oracle:1521/FREEPDB1',
      credentialsSecretRef: { name: 'db' },
      walletSecretRef: { name: 'wallet', passwordKey: 'password' },
      caConfigMapKeyRef: { name: 'ca', key: 'ca.crt' },
    },
  });
  const attempt = {
    proofKey: '0123456789',
    podDigest: '0123456789',
    number: 1,
    failures: 0,
    attemptsWithoutVerdict: 1,
    isForced: true,
  };
  const placement = placementOf({
    nodeSelector: { zone: 'a' },
    affinity: { nodeAffinity: {} },
    tolerations: [],
    hostAliases: [],
    dnsPolicy: 'Default',
    dnsConfig: {},
    runtimeClassName: 'gvisor',
    containers: [],
  });
  const observed = {
    profile: profile(),
    settings: { ...SETTINGS, imagePullSecret: 'registry' },
    deployment: deployment({ placement }),
    probes: [],
  };
  const job = probeJob({ observed, spec: wanted, config: poolConfig('search', wanted.pool) }, attempt);
  return job as unknown as {
    readonly spec: { readonly template: { readonly spec: { readonly containers: readonly [object] } } };
  };
}

test('a probe Job has the fields that the policy allows', () => {
  const job = rendered().spec;
  const pod = job.template.spec;
  expect(allowed('foreignInJob')).toEqual(expect.arrayContaining(Object.keys(job)));
  expect(allowed('foreignInPod')).toEqual(expect.arrayContaining(Object.keys(pod)));
  expect(allowed('foreignInContainer')).toEqual(expect.arrayContaining(Object.keys(pod.containers[0])));
});

test('the policies name the variables, annotations and ConfigMaps of the code', () => {
  const ofVariables = [policy('deployments'), policy('configmaps')].map((one) =>
    listsIn(textOf(one)).filter((list) => list.some((name) => name.startsWith('DB_'))),
  );
  expect(ofVariables).toEqual([[VARIABLES, VARIABLES], [VARIABLES]]);
  expect(listsIn(textOf(policy('deployments')))).toContainEqual([ANNOTATION.adoptedEnv, ANNOTATION.lastApplied]);
  expect(listsIn(textOf(policy('configmaps')))).toContainEqual([SALT_NAME, LOGON_RESULTS_NAME]);
  expect(textOf(policy('configmaps'))).toContain(`key == '${SALT_KEY}'`);
  expect(textOf(policy('configmaps'))).toContain(`-[0-9a-f]{${HASH_LENGTH}}$`);
  expect(textOf(policy('profiles'))).toContain(`one != '${FINALIZER}'`);
});

test('each policy is bound, and takes the namespace of the operator from the kustomization', () => {
  const names = policies.map(({ metadata }) => metadata.name);
  const file = join(import.meta.dirname, '..', '..', 'deploy', 'kustomization.yaml');
  const { replacements } = parse(readFileSync(file, 'utf8')) as {
    replacements: { targets: { select: { kind: string; name: string }; fieldPaths: string[] }[] }[];
  };
  const replaced = (path: string) =>
    replacements
      .flatMap(({ targets }) => targets)
      .filter(({ select, fieldPaths }) => select.kind === 'ValidatingAdmissionPolicy' && fieldPaths.includes(path))
      .map(({ select }) => select.name);
  const excluding = policies.filter(({ spec: { validations } }) => validations[0]?.expression.includes('kube-system'));
  const bindings = manifestsIn('admission-operator.yaml').filter(
    ({ kind }) => kind === 'ValidatingAdmissionPolicyBinding',
  );
  expect(bindings.map(({ metadata }) => metadata.name)).toEqual(names);
  expect(replaced('spec.matchConditions.[name=the-operator].expression')).toEqual(names);
  expect(replaced('spec.validations.0.expression')).toEqual(excluding.map(({ metadata }) => metadata.name));
});

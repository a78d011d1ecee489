import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { REJECTIONS } from '../../../src/core/backend/adoption-notice.ts';
import { poolConfig } from '../../../src/core/config/pool-config.ts';
import { decide } from '../../../src/core/decide.ts';
import type { ObservedVariable } from '../../../src/core/model/observed.ts';
import {
  container,
  deployment,
  deploymentUsing,
  observed,
  pods,
  profile,
  renderedConfigMap,
  replicaSet,
  spec,
  succeededState,
  variable,
  variablesFrom,
} from '../builders.ts';

const config = poolConfig('search', spec().pool);
const configMaps = [renderedConfigMap(config)];
const hardCoded = variable('DB_POOL_MAX', { kind: 'value', value: '20' }, 'helm');
const withEnv = (...env: ObservedVariable[]) => deployment({ containers: [container(...env)] });

const adopting = profile({ spec: { kind: 'valid', spec: spec({ adopt: true, probe: { policy: 'Disabled' } }) } });

describe('the owner of adopted variables', () => {
  const adoptedState = { container: 'app', env: [{ name: 'DB_POOL_MAX' as const, value: '20' }], owners: ['kubectl'] };
  const messageOf = (managers: readonly string[], hash: string) => {
    const env = variablesFrom(config.name).map((one) =>
      one.name === 'DB_POOL_MAX' ? { ...one, managers: ['dbpool-operator', ...managers] } : one,
    );
    const state = { ...succeededState, adopted: { ...adoptedState, lastApplied: 'b' } };
    const seen = observed({
      profile: adopting,
      deployment: deploymentUsing(config.name, {
        containers: [container(...env)],
        lastApplied: { hash, variables: [] },
      }),
      configMaps: [renderedConfigMap(config, { state })],
      replicaSets: [replicaSet(config.hash, 2, 3)],
      pods: pods(config.hash),
    });
    return decide(seen).status.conditions?.[0]?.message;
  };

  test('the owner is told to remove adopted variables, in the words with which the API server rejects them', () => {
    expect(messageOf(['kubectl'], 'b')).toContain(
      'Adopted: DB_POOL_MAX, which kubectl had set. Remove them from that manifest: the API server rejects its next apply (valueFrom: Invalid value: "": may not be specified when `value` is not empty).',
    );
  });

  test.for<[string, readonly string[], string]>([
    ['no other manager owns the entry any more', [], 'b'],
    ['a client-side apply came since', ['kubectl'], 'c'],
  ])('the owner is told nothing once %s', ([, managers, hash]) => {
    expect(messageOf(managers, hash)).not.toContain('Adopted');
  });

  test.for<[string, ObservedVariable['source'], string]>([
    ['a value', { kind: 'value', value: '20' }, `the API server rejects its next apply (${REJECTIONS.value})`],
    [
      'a field of the pod',
      { kind: 'other', description: 'a fieldRef' },
      `the API server rejects its next apply (${REJECTIONS.otherSource})`,
    ],
    [
      'a key of a ConfigMap',
      { kind: 'configMap', name: 'shared', key: 'max' },
      'its next apply sets them again, and the operator takes that for drift',
    ],
  ])('an event tells the owner to remove an adopted variable: %s', ([, source, next]) => {
    const target = deployment({ containers: [container(variable('DB_POOL_MAX', source, 'helm'))] });
    const seen = observed({ profile: adopting, deployment: target, configMaps });
    const { events } = decide(seen);
    expect(events).toMatchObject([
      {
        type: 'Warning',
        reason: 'VariablesAdopted',
        message: `Deployment search-api, container app. Adopted: DB_POOL_MAX, which helm had set. Remove them from that manifest: ${next}.`,
      },
    ]);
    // Another pass that finds the same writes an event of the same name.
    expect(decide({ ...seen, now: seen.now + 60_000 }).events[0]?.occurrence).toBe(events[0]?.occurrence);
  });

  test('a rollout that adopts nothing, and a suspended profile, write no event', () => {
    const suspended = profile({
      spec: { kind: 'valid', spec: spec({ adopt: true, suspend: true, probe: { policy: 'Disabled' } }) },
    });
    expect(decide(observed({ profile: adopting, configMaps })).events).toEqual([]);
    expect(decide(observed({ profile: suspended, deployment: withEnv(hardCoded), configMaps })).events).toEqual([]);
  });

  test('docs/how-to quotes the rejections', () => {
    const page = readFileSync(`${import.meta.dirname}/../../../docs/how-to/adopt-variables.md`, 'utf8');
    for (const words of Object.values(REJECTIONS)) expect(page).toContain(words);
  });
});

/**
 * The whole behaviour of the operator, top to bottom: from what is seen to what is to be done and what is to be said.
 * Pure. Read this first.
 *
 *   specIsValid ─► targetExists ─► nobodyElseOwnsIt ─► configIsRendered ─► probeHasSucceeded ─► rollOut
 *
 * The first step that isn't done gives `Ready` its reason. A step that holds keeps every later one from acting; they
 * still report. Everything is derived from the cluster: a process that dies between any two writes finds its place again.
 */
import type { PoolNumbers, ProbeStatus, ProfileSpec, ProfileStatus } from '../profile.ts';
import { conditionsOf } from './conditions.ts';
import { type Config, configIsRendered, configOf, inWords } from './config.ts';
import type { Observed } from './observed.ts';
import { probeHasSucceeded } from './probe.ts';
import { rollOut } from './rollout.ts';
import { type Decision, type Step, stalled } from './step.ts';
import { findTarget, nobodyElseOwnsIt, type Target } from './target.ts';

export function decide(observed: Observed): Decision {
  const { profile } = observed;
  if (profile.spec.kind === 'invalid') {
    const step = stalled({
      type: 'ConfigRendered',
      status: 'False',
      reason: 'SpecInvalid',
      message: profile.spec.problem,
    });
    return conclude(observed, [step], '', {});
  }
  const { spec } = profile.spec;
  const config = configOf(profile.name, spec.pool);
  const target = findTarget(spec, observed.deployment);
  if ('finding' in target) return conclude(observed, [target], '', { wanted: config.numbers });
  return decideForTarget(observed, spec, config, target);
}

function decideForTarget(observed: Observed, spec: ProfileSpec, config: Config, target: Target): Decision {
  const { profile, configMaps } = observed;
  const ownership = nobodyElseOwnsIt(profile.name, target, config);
  if (ownership.holds) {
    return conclude(observed, [ownership], '', { wanted: config.numbers, pods: `0/${target.deployment.replicas}` });
  }
  const rendering = configIsRendered(config, profile, target.deployment, configMaps);
  if (rendering.holds) return conclude(observed, [rendering], '', { wanted: config.numbers });
  const probe = probeHasSucceeded(observed, spec, config);
  const rollout = rollOut(profile, target, config, configMaps, probe.step.holds ? probe.step : undefined);
  const caveat = probe.step.finding.status === 'False' ? ` The probe failed: ${probe.step.finding.message}` : '';
  return conclude(
    observed,
    [rendering, probe.step, rollout.step],
    `${inWords(config.numbers)} on ${rollout.pods} pods.${caveat}`,
    {
      wanted: config.numbers,
      current: rollout.current,
      pods: rollout.pods,
      probe: probe.status,
    },
  );
}

type Facts = {
  readonly wanted?: PoolNumbers;
  readonly current?: PoolNumbers | undefined;
  readonly pods?: string;
  readonly probe?: ProbeStatus | undefined;
};

/** What was never reached this time is carried on from the status as it stands. */
function conclude({ profile, now }: Observed, steps: readonly Step[], whenReady: string, facts: Facts): Decision {
  const before = profile.status;
  const known = { wanted: undefined, current: before.current, pods: undefined, probe: before.probe, ...facts };
  const status: ProfileStatus = {
    observedGeneration: profile.generation,
    conditions: conditionsOf(steps, whenReady, profile.generation, before, now),
    ...Object.fromEntries(Object.entries(known).filter(([, value]) => value !== undefined)),
  };
  const waits = steps.flatMap(({ lookAgainAfterMs }) => lookAgainAfterMs ?? []);
  return {
    actions: steps.flatMap(({ actions }) => actions),
    status,
    lookAgainAfterMs: waits.length === 0 ? undefined : Math.min(...waits),
  };
}

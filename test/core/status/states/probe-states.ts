/** Profiles whose probe is not done, or has failed. */
import type { Observed } from '../../../../src/core/model/observed.ts';
import {
  authenticationFailed,
  connectionRefused,
  NOW,
  observed,
  profile,
  runningProbe,
  SETTINGS,
  shared,
  spec,
  verdict,
  verdictMissing,
} from '../../builders.ts';
import { configMapWith, finishedJob, runningJob } from '../../probe/builders.ts';
import { state, type State } from './state.ts';

export const probed = (changes: Partial<Observed> = {}) =>
  observed({
    profile: profile({ spec: { kind: 'valid', spec: spec({ probe: { intervalSeconds: 3600 } }) } }),
    configMaps: [configMapWith()],
    ...changes,
  });
const waits = (reason: string, message: string) => {
  const job = runningJob(1000);
  return probed({ probes: [{ ...job, pods: job.pods.map((one) => ({ ...one, waiting: { reason, message } })) }] });
};
const ended = (said = verdict(), changes: Parameters<typeof finishedJob>[2] = {}) =>
  probed({ probes: [finishedJob(said, 1000, changes)] });
const busy = { ...SETTINGS, maxConcurrentProbes: 1 };
const failedJob = { succeeded: false, at: NOW - 11_000, reason: 'DeadlineExceeded', message: '' };
export const facts = verdict({ database: { uniqueName: 'FREE', pdbName: 'PDB1' }, limits: {} });

/** The pod of a probe that ended without a word. */
function wordless() {
  const job = finishedJob(verdictMissing, 1000);
  return {
    pods: job.pods.map((one) => ({ ...one, terminated: { exitCode: 1, message: '', at: NOW - 1000 } })),
    end: { ...failedJob, reason: 'BackoffLimitExceeded' },
  };
}

export const PROBE_STATES: readonly State[] = [
  state('a probe that starts', 'Probing', 'InProgress', probed()),
  state('a probe that runs', 'Probing', 'InProgress', probed({ probes: [runningJob(1000)] })),
  state(
    'no probe slot',
    'ProbeQueued',
    'InProgress',
    probed({ settings: busy, shared: shared({ running: [runningProbe()] }) }),
  ),
  state(
    'labels of the backend',
    'PodLabelsMatchBackend',
    'Failed',
    probed({
      profile: profile({ spec: { kind: 'valid', spec: spec({ probe: { podLabels: { app: 'search-api' } } }) } }),
      podSelectors: [],
    }),
  ),
  state('no Secret', 'SecretNotFound', 'Failed', waits('CreateContainerConfigError', 'secret "db" not found')),
  state(
    'no key in the Secret',
    'SecretKeyNotFound',
    'Failed',
    waits('CreateContainerConfigError', "couldn't find key U in Secret shop/db"),
  ),
  state('no ConfigMap', 'ConfigMapNotFound', 'Failed', waits('CreateContainerConfigError', 'configmap "ca" not found')),
  state(
    'no key in the ConfigMap',
    'ConfigMapKeyNotFound',
    'Failed',
    waits('CreateContainerConfigError', "couldn't find key ca in ConfigMap shop/ca"),
  ),
  state('no image of the probe', 'ImagePullFailed', 'Failed', waits('ErrImagePull', 'no such image')),
  state('no node for the probe', 'Unschedulable', 'Failed', waits('Unschedulable', '0/3 nodes are available')),
  state(
    'a container of the probe that does not start',
    'ContainerNotStarted',
    'Failed',
    waits('CreateContainerError', 'no'),
  ),
  state(
    'a quota against the probe',
    'PodCreationFailed',
    'Failed',
    probed({ probes: [runningJob(1000, { pods: [], podCreationError: 'exceeded quota' })] }),
  ),
  state('no Job controller', 'PodNotCreated', 'Failed', probed({ probes: [runningJob(60_000, { pods: [] })] })),
  state(
    'a sidecar that does not end',
    'SidecarStillRunning',
    'Failed',
    probed({ probes: [finishedJob(verdict(), 1000, { end: undefined })] }),
  ),
  state(
    'a probe without an end of its pod',
    'ProbeDidNotRun',
    'InProgress',
    ended(verdict(), { pods: [], end: failedJob }),
  ),
  state(
    'a probe that was evicted',
    'ProbeDisrupted',
    'InProgress',
    ended(verdict(), { pods: [], end: { ...failedJob, reason: 'PodFailurePolicy' } }),
  ),
  state(
    'a probe without a verdict',
    'VerdictMissing',
    'InProgress',
    probed({ probes: [finishedJob(verdictMissing, 1000, wordless())] }),
  ),
  state(
    'three probes without a verdict',
    'VerdictMissing',
    'Failed',
    probed({ probes: [finishedJob(verdictMissing, 1000, { ...wordless(), attemptsWithoutVerdict: 2 })] }),
  ),
  state(
    'a verdict of a pod that was changed',
    'VerdictUntrusted',
    'InProgress',
    ended(verdict(), { hostAliasesDigest: 'other' }),
  ),
  state('no listener', 'ConnectionRefused', 'InProgress', ended(connectionRefused)),
  state('a wrong password', 'AuthenticationFailed', 'Failed', ended(authenticationFailed)),
];

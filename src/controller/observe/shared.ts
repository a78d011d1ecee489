/** What profiles share, from the caches: salt and answers of their namespace, who else is probed or waits, and their database. */
import { randomBytes } from 'node:crypto';
import { LOGON_RESULTS_NAME, SALT_NAME } from '../../core/model/naming.ts';
import type { ObservedBackend, ObservedProbe, ObservedProfile, ObservedShared } from '../../core/model/observed.ts';
import type { RunningProbe, WaitingProbe } from '../../core/model/probe-queue.ts';
import { turnOf } from '../../core/probe/pod.ts';
import { cannotStart, isIdle } from '../../core/probe/pod-waiting.ts';
import { type CachedJob, withPods } from './backend.ts';
import type { DatabaseGroups } from './database-groups.ts';
import type { InFlight } from './in-flight.ts';
import { type Caches, credentialsIndexKey, isListed, profileKey } from '../watch/caches.ts';

const SALT_BYTES = 16;

/** How long an ended Job keeps its turn at most, until its profile has written down what it said. */
const UNHEARD_MS = 30_000;

export type SharedSources = { readonly caches: Caches; readonly inFlight: InFlight; readonly groups: DatabaseGroups };

export function observeShared(
  { profile, now }: ObservedBackend,
  { caches, inFlight, groups }: SharedSources,
): ObservedShared {
  const { namespace } = profile;
  const answers = caches.configMaps.get(namespace, LOGON_RESULTS_NAME);
  return {
    salt: caches.configMaps.get(namespace, SALT_NAME) === undefined ? 'missing' : 'there',
    freshSalt: randomBytes(SALT_BYTES).toString('base64url'),
    probes: sharingTurn(profile, caches),
    logonResults: answers && { resourceVersion: answers.resourceVersion, data: answers.data },
    budget: groups.groupOf(profileKey(profile)),
    running: [...startedBesides(profile, inFlight), ...runningBesides(profile, caches, now)],
    waiting: caches.profiles
      .byIndex('waitingFor', 'probeSlot')
      // Nobody waits behind one that is not worked on.
      .filter(({ uid, namespace: its }) => uid !== profile.uid && isListed(caches, its))
      .map((other) => waitingOf(other, caches)),
  };
}

function startedBesides(profile: ObservedProfile, { probeStarts }: InFlight): readonly RunningProbe[] {
  return probeStarts.flatMap(([key, { object, credentialsKey }]) =>
    key === profileKey(profile) ? [] : [{ namespace: object.metadata.namespace, turn: credentialsKey }],
  );
}

function runningBesides(profile: ObservedProfile, caches: Caches, now: number): readonly RunningProbe[] {
  const unfinished = caches.jobs.byIndex('state', 'unfinished').map((job) => runningOf(job, caches, now));
  const turn = turnIn(profile);
  const ended =
    turn === undefined ? [] : caches.jobs.byIndex('credentials', credentialsIndexKey(profile.namespace, turn));
  const unheard = ended.filter(({ namespace, profile: name, job, end }) => {
    const { status } = caches.profiles.get(namespace, name) ?? {};
    return end !== undefined && now - end.at < UNHEARD_MS && status !== undefined && status.probe?.job !== job;
  });
  return [...unfinished, ...unheard].filter(({ ownerUid }) => ownerUid !== profile.uid);
}

/** With their pods. */
function sharingTurn(profile: ObservedProfile, caches: Caches): readonly ObservedProbe[] {
  const turn = turnIn(profile);
  const jobs =
    turn === undefined ? [] : caches.jobs.byIndex('credentials', credentialsIndexKey(profile.namespace, turn));
  return jobs.filter(({ ownerUid }) => ownerUid !== profile.uid).map((job) => withPods(job, caches));
}

/** Where the Secret itself is not there, the next of the turn would wait for it as well: it waits behind this one. */
function runningOf(job: CachedJob, caches: Caches, now: number): RunningProbe & Pick<CachedJob, 'ownerUid'> {
  const probe = withPods(job, caches);
  const { namespace, turn, ownerUid, uid, resourceVersion } = job;
  if (!isIdle(probe, now)) return { namespace, turn, ownerUid };
  const yields = cannotStart(probe, now)?.reason !== 'SecretNotFound';
  return { namespace, turn, ownerUid, idle: { job: job.job, uid, resourceVersion, yields } };
}

function waitingOf(profile: ObservedProfile, caches: Caches): WaitingProbe {
  const { namespace, name } = profile;
  const ends = caches.jobs.byIndex('profile', profileKey(profile)).map(({ end }) => end?.at ?? 0);
  return { namespace, profile: name, turn: turnIn(profile), servedAt: Math.max(0, ...ends) };
}

const turnIn = ({ spec }: ObservedProfile) =>
  spec.kind === 'valid' && spec.spec.database !== undefined ? turnOf(spec.spec.database) : undefined;

/** What the operator promises to those whose Deployments it changes, as questions to the record of a simulated namespace. */
import { VARIABLES } from '../../../src/core/model/variables.ts';
import { FIELD_MANAGER, isConfigMapNameOf } from '../../../src/core/model/naming.ts';
import type { Verdict } from '../../../src/contract/verdict.ts';
import type {
  ObservedContainer,
  ObservedDeployment,
  ObservedProbe,
  ObservedVariable,
} from '../../../src/core/model/observed.ts';
import { parseAdopted } from '../../../src/core/backend/adopted-variables.ts';
import { nameOfTarget } from '../simulation/cluster.ts';
import type { Logon } from '../simulation/database.ts';
import { specOf } from '../simulation/user-actions.ts';
import type { End, TemplateWrite } from '../simulation/record.ts';
import type { World } from '../simulation/world.ts';

const PROFILES = ['search', 'orders'];

const isPoolVariable = ({ name }: ObservedVariable) => VARIABLES.some((variable) => variable === name);

const pointsAtOurs = ({ source }: ObservedVariable) =>
  source.kind === 'configMap' && PROFILES.some((profile) => isConfigMapNameOf(profile, source.name));

const isTheirs = (entry: ObservedVariable) =>
  isPoolVariable(entry) && !pointsAtOurs(entry) && entry.managers.some((manager) => manager !== FIELD_MANAGER);

const textOf = ({ name }: ObservedContainer, entry: unknown) => `${name}: ${JSON.stringify(entry)}`;

/** What others set before the operator set anything: an edit of what is the operator's already is drift. */
const theirs = ({ labels, containers }: ObservedDeployment, wasManaged = false): string[] =>
  labels.config !== undefined || wasManaged
    ? []
    : containers.flatMap((one) => one.env.filter(isTheirs).map(({ entry }) => textOf(one, entry)));

/** What the annotation keeps, of containers that are still there. Where nothing of ours is in the template somebody took it back. */
function kept({ adoptedEnv: originals, labels, containers }: ObservedDeployment): string[] {
  const found = labels.profile === undefined ? undefined : parseAdopted(originals);
  const container = containers.find(({ name }) => name === found?.container);
  return container === undefined ? [] : (found?.env ?? []).map((entry) => textOf(container, entry));
}

/** What others had set, and a write of the operator has lost. */
export function lostBy({ before, after, wasManaged }: TemplateWrite): string[] {
  const there = after.containers.flatMap((one) => one.env.map(({ entry }) => textOf(one, entry)));
  const isAround = new Set([...kept(after), ...there]);
  const set = theirs(before, wasManaged);
  // What stands there now is what their owner wants, whatever they wanted before.
  const isReplaced = (text: string) => set.some((other) => nameIn(other) === nameIn(text) && other !== text);
  return [...set, ...kept(before).filter((text) => !isReplaced(text))].filter((text) => !isAround.has(text));
}

const nameIn = (text: string) => /"name":"(\w+)"/.exec(text)?.[1];

/** Whether the template had entries of others when the operator set its own. */
export const isOverOthers = ({ before, after, wasManaged }: TemplateWrite): boolean =>
  after.labels.config !== undefined && theirs(before, wasManaged).length > 0;

/** Whether a write put ours in the place of an entry of somebody else, of which the profile does not say `adopt`. */
export function isUninvitedAdoption({ profile, before, after, wasManaged }: TemplateWrite): boolean {
  if (after.labels.config === undefined || specOf(profile).targetRef.adopt) return false;
  return theirs(before, wasManaged).some((text) => !theirs({ ...after, labels: before.labels }).includes(text));
}

/** Whether the operator set a variable that stands twice in its container. One that is deleted takes all away. */
export const isAmbiguous = ({ profile, before, after }: TemplateWrite): boolean =>
  !profile.isDeleting &&
  before.containers.some(
    (one, index) =>
      after.containers[index] !== one &&
      VARIABLES.some((variable) => one.env.filter(({ name }) => name === variable).length > 1) &&
      JSON.stringify(after.containers[index]?.env) !== JSON.stringify(one.env),
  );

/** Containers that read a ConfigMap of the operator: never more than one. */
export const containersSet = ({ containers }: ObservedDeployment): readonly string[] =>
  containers
    .filter(({ env }) => env.some((entry) => isPoolVariable(entry) && pointsAtOurs(entry)))
    .map(({ name }) => name);

/** Whether the operator left the container in which it had set its variables, and set them in another. */
export function hasMoved({ before, after }: TemplateWrite): boolean {
  const [from] = containersSet(before);
  const [to] = containersSet(after);
  return from !== undefined && to !== undefined && from !== to;
}

/** Another profile that is there, names the Deployment, and is the one whose variables the write replaced. */
export function otherWriter({ profile, profiles, before }: TemplateWrite): string | undefined {
  const { labels, name } = before;
  if (labels.profile === undefined || labels.profile === profile.name) return undefined;
  return profiles.find((one) => one.name === labels.profile && nameOfTarget(one) === name)?.name;
}

/** Names of the variables that the operator has adopted and set, and that nobody has changed since. */
export const adoptedNames = ({ adoptedEnv, labels, containers }: ObservedDeployment): readonly string[] => {
  const found = labels.profile === undefined ? undefined : parseAdopted(adoptedEnv);
  const { env = [] } = containers.find(({ name }) => name === found?.container) ?? {};
  const isAdopted = ({ name }: ObservedVariable) => found?.env.some((one) => one.name === name) === true;
  const isSet = (one: ObservedVariable) => pointsAtOurs(one) && one.managers.includes(FIELD_MANAGER);
  return env.filter((one) => isAdopted(one) && isSet(one)).map(({ name }) => name);
};

/** What is left of the operator in the Deployment whose profile is gone with `onDelete: Restore`. */
export function leftBehind({ profile, deployment }: End): readonly string[] {
  if (deployment === undefined) return [];
  const { labels, containers, adoptedEnv: originals, managedFieldsIndexes } = deployment;
  // Another profile has it by now.
  if (labels.profile !== undefined && labels.profile !== profile.name) return [];
  const entries = containers.flatMap(({ env }) => env.filter((entry) => isPoolVariable(entry) && pointsAtOurs(entry)));
  return [
    ...entries.map(({ name }) => name),
    ...Object.values(labels).flatMap((label) => label ?? []),
    ...(originals === undefined ? [] : [originals]),
    ...(managedFieldsIndexes.length === 0 ? [] : ['managedFields']),
  ];
}

/** Successful probes as "profile/Secret/fingerprint": credentials that opened a pool. */
export const poolsOpened = ({ probes }: World): readonly string[] =>
  probes
    .filter(({ end }) => end?.succeeded === true)
    .map((probe) => `${firstUidOf(probe.login.by)}/${probe.login.secret}/${saidBy(probe)?.fingerprint}`);

/** A profile that is applied again has the proofs of the former one of its name. Its uid is that of the first one, and a number. */
const firstUidOf = (uid: string) => uid.split(' ')[0];

function saidBy({ pods: [pod] }: Pick<ObservedProbe, 'pods'>): Verdict | undefined {
  return pod?.terminated === undefined ? undefined : (JSON.parse(pod.terminated.message) as Verdict);
}

/**
 * Whether a write needs no proof because it frees sessions: the last probe that the operator has seen found no session left, its
 * credentials opened a pool before, no other probe runs, and the numbers ask for fewer than each number that is seen to run, or that was rolled out last.
 */
export function isFreeOfProof({ profile, config, seen }: TemplateWrite, opened: ReadonlySet<string>): boolean {
  const [last, ...others] = seen.probes
    .filter(({ ownerUid }) => ownerUid === profile.uid)
    .toSorted((a, b) => endOf(b) - endOf(a));
  if ([last, ...others].some((probe) => probe !== undefined && probe.end === undefined)) return false;
  const said = last && saidBy(last);
  const secret = specOf(profile).database?.credentialsSecretRef.name;
  if (
    said?.outcome !== 'InsufficientCapacity' ||
    !opened.has(`${firstUidOf(profile.uid)}/${secret}/${said.fingerprint}`)
  )
    return false;
  const dataOf = (name: string | undefined) => seen.configMaps.find((one) => one.name === name)?.data;
  const asked = dataOf(config);
  const ofTemplate = seen.deployment?.containers.flatMap(({ env }) => env.filter(pointsAtOurs)) ?? [];
  const running = [
    ...ofTemplate.flatMap(({ source }) => (source.kind === 'configMap' ? source.name : [])),
    ...(ofTemplate.length === 0 ? lastRolledOut(seen) : []),
    ...seen.pods.filter(({ isTerminating }) => !isTerminating).flatMap(({ configMaps }) => configMaps),
  ].filter((name) => name !== config);
  return running.length > 0 && running.every((name) => asksForFewer(asked, dataOf(name)));
}

/** Where the variables are gone from the template, what counts is the last rollout whose template was written. */
const lastRolledOut = ({ configMaps, deployment }: TemplateWrite['seen']): readonly string[] =>
  configMaps
    .filter(({ state: { rollout } }) => rollout !== undefined && rollout.generation !== deployment?.generation)
    .toSorted((a, b) => (b.state.rollout?.sequence ?? 0) - (a.state.rollout?.sequence ?? 0))
    .slice(0, 1)
    .map(({ name }) => name);

const endOf = ({ end, attempt }: ObservedProbe) => (end?.at ?? 0) + attempt / 1000;

type Data = Readonly<Record<string, string>> | undefined;

function asksForFewer(asked: Data, runs: Data): boolean {
  if (asked === undefined || runs === undefined) return false;
  const [recycle, before] = [Number(asked['DB_POOL_RECYCLE']), Number(runs['DB_POOL_RECYCLE'])];
  return (
    Number(asked['DB_POOL_MAX']) < Number(runs['DB_POOL_MAX']) &&
    Number(asked['DB_POOL_MIN']) <= Number(runs['DB_POOL_MIN']) &&
    (recycle === 0 || (before !== 0 && recycle >= before))
  );
}

/** Logons without a request, with credentials that the database rejected last time. */
export function repeatedRejections(logons: readonly Logon[]): readonly Logon[] {
  return logons.filter(({ fingerprint, forcedBy }, index) => {
    const before = logons.slice(0, index).findLast((one) => one.fingerprint === fingerprint);
    return forcedBy === undefined && before?.isAccepted === false;
  });
}

/** Logons that a request forced a second time for one profile. */
export function requestsHandledTwice(logons: readonly Logon[]): readonly Logon[] {
  return logons.filter(
    ({ forcedBy, by }, index) =>
      forcedBy !== undefined && logons.slice(0, index).some((one) => one.forcedBy === forcedBy && one.by === by),
  );
}

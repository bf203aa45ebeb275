import type { Principal } from '../access/principal.ts';
import { canonicalSubject, peopleBehind } from '../people/person.ts';
import { mayEver, namedPeople } from './policy-problems.ts';
import type { ApprovalPolicy, PolicyConditions, Selector, Settings, Stage } from './settings.schema.ts';

/** Somebody who has signed in here with the role approver. */
export type KnownApprover = Pick<Principal, 'subject' | 'teams'>;

/**
 * What a person should know before they say yes. None of it is forbidden: who has never signed in may be there tomorrow.
 * @param known by what their newest tokens said
 */
export function settingsWarnings(
  before: Settings,
  after: Settings,
  known: readonly KnownApprover[],
): string[] {
  return [
    ...after.policies.flatMap((policy, i) => [
      ...neverFits(policy, after.policies.slice(0, i)),
      ...automaticWarnings(policy),
      ...timingWarnings(policy),
      ...policy.stages.flatMap((stage) => stageWarnings(policy, stage, after, known)),
    ]),
    ...nobodyLeft(before, after, known),
    ...approverNowhere(after, known),
  ];
}

function neverFits(policy: ApprovalPolicy, earlier: readonly ApprovalPolicy[]): string[] {
  const cover = earlier.find((one) => covers(one.when, policy.when));
  if (cover)
    return [
      `The policy ${policy.name} never decides anything: ${cover.name} before it fits all that it fits.`,
    ];
  const { kinds, organizationalUnitIds, blueprints, teams, monthlyCost, guardrailExceptions } = policy.when;
  const onlySettings = kinds?.every((kind) => kind === 'settings-change') === true;
  const aboutAccounts = [organizationalUnitIds, blueprints, teams, monthlyCost].some((c) => c !== undefined);
  return onlySettings && (aboutAccounts || guardrailExceptions === true)
    ? [
        `The policy ${policy.name} never decides anything: a change of the settings has no unit, blueprint, team or cost.`,
      ]
    : [];
}

/** Does whatever fits `narrow` fit `wide`, too? False when that is not sure. */
function covers(wide: PolicyConditions, narrow: PolicyConditions): boolean {
  const within = <T>(w: readonly T[] | undefined, n: readonly T[] | undefined) =>
    w === undefined || n?.every((item) => w.includes(item)) === true;
  return (
    within(wide.kinds, narrow.kinds) &&
    within(wide.organizationalUnitIds, narrow.organizationalUnitIds) &&
    within(wide.blueprints, narrow.blueprints) &&
    within(wide.teams, narrow.teams) &&
    (wide.guardrailExceptions === undefined || wide.guardrailExceptions === narrow.guardrailExceptions) &&
    coversCost(wide.monthlyCost, narrow.monthlyCost)
  );
}

function coversCost(wide: PolicyConditions['monthlyCost'], narrow: PolicyConditions['monthlyCost']): boolean {
  if (wide === undefined) return true;
  // A cost that is not known fits no condition, but it fits a policy without one.
  if (narrow === undefined) return false;
  return (
    (wide.over ?? Number.NEGATIVE_INFINITY) <= (narrow.over ?? Number.NEGATIVE_INFINITY) &&
    (wide.atMost ?? Number.POSITIVE_INFINITY) >= (narrow.atMost ?? Number.POSITIVE_INFINITY)
  );
}

const automaticWarnings = ({ name, automatic, when }: ApprovalPolicy): string[] =>
  automatic && when.monthlyCost?.atMost === undefined
    ? [
        `The policy ${name} decides by itself without a limit of its own for the cost of one account, up to USD ${automatic.teamMonthlyCostAtMost} a month for a team.`,
      ]
    : [];

function timingWarnings({ name, remindAfterHours, escalation, expiresAfterDays }: ApprovalPolicy): string[] {
  if (expiresAfterDays === undefined) return [];
  const late = (hours: number) => hours >= expiresAfterDays * 24;
  return [
    ...(escalation && late(escalation.afterHours)
      ? [`The policy ${name} never escalates: its requests expire before.`]
      : []),
    // The default reminds after a day, which nobody has asked for.
    ...(remindAfterHours.some((hours) => late(hours) && hours !== 24)
      ? [`The policy ${name} never sends some of its reminders: its requests expire before.`]
      : []),
  ];
}

function stageWarnings(
  policy: ApprovalPolicy,
  stage: Stage,
  after: Settings,
  known: readonly KnownApprover[],
): string[] {
  const teams = teamsOf(policy.when, stage);
  return teams.flatMap((team) => {
    const able = peopleWho(after, known, (one) => stage.approvers.some((s) => isMeant(s, team, one, after)));
    if (able >= stage.quorum) return [];
    const whose = team === null ? '' : ` for the team ${team}`;
    return [
      `Nobody can finish the stage ${stage.name} of ${policy.name}${whose} as things stand: it takes ${stage.quorum}, and ${able} of them ${able === 1 ? 'has' : 'have'} signed in here as an approver.`,
    ];
  });
}

/** For which teams a stage is looked at: null for one that asks no approvers of the request's own team. */
function teamsOf({ teams }: PolicyConditions, { approvers }: Stage): (string | null)[] {
  if (!approvers.some((s) => 'requestTeam' in s)) return [null];
  // Without a list every team may come, also one that nobody knows yet.
  return teams ? [...teams] : [];
}

function isMeant(selector: Selector, team: string | null, one: KnownApprover, after: Settings): boolean {
  if ('anyTeam' in selector) return true;
  if ('team' in selector) return one.teams.includes(selector.team);
  if ('requestTeam' in selector) return team !== null && one.teams.includes(team);
  const people = new Set(peopleBehind(after, one.subject));
  return selector.people.some((subject) => peopleBehind(after, subject).some((p) => people.has(p)));
}

/** How many different people. */
const peopleWho = (
  settings: Settings,
  known: readonly KnownApprover[],
  fits: (one: KnownApprover) => boolean,
): number =>
  new Set(
    known
      .filter((one) => mayEver(settings, one.subject) && fits(one))
      .flatMap((one) => peopleBehind(settings, one.subject)),
  ).size;

function nobodyLeft(before: Settings, after: Settings, known: readonly KnownApprover[]): string[] {
  const [was, is] = [before, after].map((settings) => peopleWho(settings, known, () => true));
  return was !== 0 && is === 0
    ? ['Afterwards nobody is left who may approve anything, also not a change back.']
    : [];
}

function approverNowhere(after: Settings, known: readonly KnownApprover[]): string[] {
  const approvers = new Set(known.flatMap((one) => peopleBehind(after, one.subject)));
  const named = after.policies.flatMap((p) => [
    ...p.stages.flatMap((s) => namedPeople(s.approvers.filter((a) => 'people' in a)) ?? []),
    ...(namedPeople((p.escalation?.approvers ?? []).filter((a) => 'people' in a)) ?? []),
  ]);
  const unknown = [
    ...new Set([...named, ...after.delegations.map((d) => d.to)].map(canonicalSubject)),
  ].filter((subject) => !peopleBehind(after, subject).some((person) => approvers.has(person)));
  return unknown.map(
    (subject) => `${subject} is to decide, but has never signed in here with the role approver.`,
  );
}

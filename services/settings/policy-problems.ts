import { canonicalSubject, peopleBehind } from '../people/person.ts';
import type { RequestKind } from '../requests/kinds.ts';
import { type Refuse, refuseTwice } from './refuse.ts';
import type { ApprovalPolicy, Selector, Settings, Stage } from './settings.schema.ts';

/** Kinds that a person always decides. */
const BY_PEOPLE: readonly RequestKind[] = ['settings-change', 'control-exception'];

/** Policies that could not work, whoever is there. */
export function policyProblems(after: Settings, refuse: Refuse): void {
  const { policies } = after;
  refuseTwice(
    policies,
    (i) => `/policies/${i}/name`,
    (p) => p.name,
    refuse,
  );
  const last = policies.at(-1);
  if (!last) refuse('/policies', 'is empty: a document needs a policy that fits every request');
  else if (Object.keys(last.when).length > 0)
    refuse(
      `/policies/${policies.length - 1}/when`,
      'has conditions: the last policy has to fit every request that no other one fits',
    );
  policies.forEach((policy, i) => {
    onePolicy(policy, `/policies/${i}`, after, refuse);
  });
}

function onePolicy(policy: ApprovalPolicy, at: string, after: Settings, refuse: Refuse): void {
  refuseTwice(
    policy.stages,
    (i) => `${at}/stages/${i}/name`,
    (s) => s.name,
    refuse,
  );
  const { kinds, monthlyCost } = policy.when;
  if (policy.automatic && (kinds === undefined || BY_PEOPLE.some((kind) => kinds.includes(kind))))
    refuse(
      `${at}/automatic`,
      `would let a change of the settings, or an exception, decide itself: name the kinds that may be automatic, without ${BY_PEOPLE.join(' and ')}`,
    );
  if (monthlyCost?.over !== undefined && monthlyCost.atMost !== undefined) {
    if (monthlyCost.over >= monthlyCost.atMost)
      refuse(`${at}/when/monthlyCost`, 'fits no cost: `over` has to be below `atMost`');
  }
  policy.stages.forEach((stage, i) => {
    oneStage(stage, `${at}/stages/${i}`, after, refuse);
  });
  policy.escalation?.approvers.forEach((selector, i) => {
    oneSelector(selector, `${at}/escalation/approvers/${i}`, after, refuse);
  });
}

function oneStage({ approvers, quorum }: Stage, at: string, after: Settings, refuse: Refuse): void {
  approvers.forEach((selector, i) => {
    oneSelector(selector, `${at}/approvers/${i}`, after, refuse);
  });
  const named = namedPeople(approvers);
  if (!named) return;
  const able = new Set(named.filter((s) => mayEver(after, s)).flatMap((s) => peopleBehind(after, s)));
  if (able.size < quorum)
    refuse(
      `${at}/quorum`,
      `asks for ${quorum} different people, but of those named only ${able.size} can decide`,
    );
}

/** The people whom a stage names, when it names nobody by team; undefined otherwise. */
export function namedPeople(approvers: readonly Selector[]): string[] | undefined {
  const people = approvers.flatMap((selector) => ('people' in selector ? selector.people : []));
  return approvers.every((selector) => 'people' in selector) ? people : undefined;
}

function oneSelector(selector: Selector, at: string, after: Settings, refuse: Refuse): void {
  if (!('people' in selector)) return;
  refuseTwice(selector.people, (i) => `${at}/people/${i}`, canonicalSubject, refuse);
  selector.people.forEach((subject, i) => {
    if (isServiceUser(after, subject))
      refuse(`${at}/people/${i}`, `${subject} is a service user; only people decide`);
  });
}

const isServiceUser = ({ serviceUsers }: Settings, subject: string): boolean =>
  serviceUsers.some((s) => canonicalSubject(s.subject) === canonicalSubject(subject));

/** Neither a program nor suspended. */
export function mayEver(settings: Settings, subject: string): boolean {
  if (isServiceUser(settings, subject)) return false;
  const behind = peopleBehind(settings, subject);
  return !settings.people.some((p) => p.suspended && behind.includes(canonicalSubject(p.subject)));
}

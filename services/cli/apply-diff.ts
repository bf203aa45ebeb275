import { canonicalJson } from '../kernel/canonical-json.ts';
import { plural, styled, type Text } from './text.ts';

type Body = Record<string, unknown>;

/** What of a request describes its account; the justification was for the one who approved. */
export type Member =
  | 'email'
  | 'organizationalUnitId'
  | 'team'
  | 'owner'
  | 'blueprint'
  | 'guardrails'
  | 'access'
  | 'tags'
  | 'expiresAt'
  | 'trafficMirroring';

/** What `POST /v1/accounts/{id}/changes` takes; which of them it can do is the service's to say. */
const CHANGEABLE: readonly Member[] = [
  'organizationalUnitId',
  'team',
  'owner',
  'blueprint',
  'guardrails',
  'access',
  'tags',
  'trafficMirroring',
];

export type Difference = { member: Member; from: unknown; to: unknown };

/** A request with its defaults, each list in one order: written in another way it is the same. */
export function described(request: Body): Record<Member, unknown> {
  const account = (request.account ?? {}) as Body;
  const blueprint = (request.blueprint ?? { name: 'standard' }) as Body;
  return {
    email: account.email,
    organizationalUnitId: account.organizationalUnitId,
    team: request.team,
    owner: request.owner,
    blueprint: { name: blueprint.name, parameters: blueprint.parameters ?? {} },
    guardrails: inOrder(((request.guardrails ?? []) as unknown[]).map(guardrailOf)),
    access: inOrder((request.access ?? []) as unknown[]),
    tags: request.tags ?? {},
    expiresAt: request.expiresAt === undefined ? undefined : instantOf(request.expiresAt),
    trafficMirroring: mirroringOf(request.trafficMirroring as Body | undefined),
  };
}

const inOrder = (items: readonly unknown[]): unknown[] =>
  [...items].sort((a, b) => (canonicalJson(a) < canonicalJson(b) ? -1 : 1));

const guardrailOf = (one: unknown): unknown => (typeof one === 'string' ? { id: one } : one);

/** One profile is a list of one; of no profile is nothing. */
function mirroringOf(asked: Body | undefined): unknown {
  if (asked === undefined) return undefined;
  const { profile, profiles = [profile], ...rest } = asked;
  const names = profiles as unknown[];
  return names.length === 0 ? undefined : { profiles: inOrder(names), ...rest };
}

function instantOf(time: unknown): unknown {
  const ms = Date.parse(String(time));
  return Number.isNaN(ms) ? time : new Date(ms).toISOString();
}

const sameText = (value: unknown): string => (value === undefined ? '' : canonicalJson(value));

/** What the file says otherwise than what the account was last asked for as. */
export function differences(made: Body, wanted: Body): Difference[] {
  const [was, now] = [described(made), described(wanted)];
  return (Object.keys(now) as Member[]).flatMap((member) =>
    sameText(was[member]) === sameText(now[member]) ? [] : [{ member, from: was[member], to: now[member] }],
  );
}

export const isChangeable = ({ member }: Pick<Difference, 'member'>): boolean => CHANGEABLE.includes(member);

/** The change that makes the account into what the file says, as far as these members go. */
export const changeOf = (differing: readonly Difference[]): Body =>
  Object.fromEntries(
    differing
      .filter(isChangeable)
      .map(({ member, to }) => [member, member === 'trafficMirroring' ? (to ?? { profiles: [] }) : to]),
  );

/** One line for each difference; of lists what comes and what goes. */
export const differenceLines = (differing: readonly Difference[]): Text[] =>
  differing.map(({ member, from, to }) => ['    ', styled('bold', member), ': ', wordsOf(from, to)]);

function wordsOf(from: unknown, to: unknown): Text {
  if (!Array.isArray(from) || !Array.isArray(to)) return `${short(from)} → ${short(to)}`;
  const [was, now] = [from.map(short), to.map(short)];
  return [
    ...now.filter((one) => !was.includes(one)).map((one): Text => styled('green', `+ ${one}  `)),
    ...was.filter((one) => !now.includes(one)).map((one): Text => styled('red', `- ${one}  `)),
  ];
}

function short(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'string') return value;
  const { id, ...rest } = (value ?? {}) as Body;
  return id !== undefined && Object.keys(rest).length === 0 ? String(id) : canonicalJson(value);
}

export type State = 'new' | 'changed' | 'unchanged' | 'under way' | 'not possible';

const WORDS: Record<State, string> = {
  new: 'new',
  changed: 'to change',
  unchanged: 'unchanged',
  'under way': 'under way',
  'not possible': 'that cannot be as the files say',
};

/** `2 new, 1 to change, 3 unchanged` */
export function tally(states: readonly State[]): string {
  const counted = (Object.keys(WORDS) as State[]).flatMap((state) => {
    const n = states.filter((one) => one === state).length;
    return n === 0 ? [] : [`${n} ${WORDS[state]}`];
  });
  return `${plural(states.length, 'account')}: ${counted.join(', ')}`;
}

import type { LandingZoneStep } from '../../workflows/landing-zone/input.schema.ts';
import { canonicalJson } from '../kernel/canonical-json.ts';
import { sameJson } from './foundation.ts';
import type { Item } from './items.ts';
import type { LandingZoneFile } from './landing-zone.schema.ts';
import type { Live } from './live.schema.ts';

type Parts = { items: Item[]; steps: LandingZoneStep[] };
type PermissionSet = LandingZoneFile['identityCenter']['permissionSets'][number];

/** Groups and permission sets of Identity Center. */
export function peopleParts({ identityCenter }: LandingZoneFile, live: Live): Parts {
  const { groups, permissionSets } = identityCenter;
  if (live.identityCenter === null && groups.length + permissionSets.length > 0)
    return {
      items: [
        {
          action: 'cannot',
          what: 'Identity Center',
          pointer: '/identityCenter',
          detail:
            'is not enabled in this Region; enable it in its console, or take groups and permission sets out',
        },
      ],
      steps: [],
    };
  const all = [
    ...groups.map(({ name, description }, i) => {
      const pointer = `/identityCenter/groups/${i}`;
      return live.groups.includes(name)
        ? kept(`group ${name}`, pointer)
        : made('create', `group ${name}`, pointer, { kind: 'group', name, description });
    }),
    ...permissionSets.map((set, i) => permissionSet(set, `/identityCenter/permissionSets/${i}`, live)),
  ];
  return { items: all.flatMap(({ items }) => items), steps: all.flatMap(({ steps }) => steps) };
}

const kept = (what: string, pointer: string): Parts => ({
  items: [{ action: 'keep', what, pointer }],
  steps: [],
});
const made = (
  action: 'create' | 'change',
  what: string,
  pointer: string,
  step: LandingZoneStep,
  detail?: string,
): Parts => ({
  items: [{ action, what, pointer, ...(detail === undefined ? {} : { detail }) }],
  steps: [step],
});

function permissionSet(set: PermissionSet, pointer: string, live: Live): Parts {
  const what = `permission set ${set.name}`;
  const now = live.permissionSets.find(({ name }) => name === set.name);
  const inlinePolicy = set.inlinePolicy === undefined ? '' : canonicalJson(set.inlinePolicy);
  const step: LandingZoneStep = {
    kind: 'permission-set',
    name: set.name,
    description: set.description,
    sessionDuration: `PT${set.sessionHours}H`,
    managedPolicies: set.managedPolicies,
    inlinePolicy,
  };
  if (!now) return made('create', what, pointer, step);
  const wrong = differences(set, now, inlinePolicy);
  if (wrong.length > 0)
    return {
      items: [
        {
          action: 'cannot',
          what,
          pointer,
          detail: `${wrong.join('; ')}: every account with the set has it so; change it in Identity Center, or write here what it is`,
        },
      ],
      steps: [],
    };
  const lacks = [
    ...set.managedPolicies
      .filter((arn) => !now.managedPolicies.includes(arn))
      .map((arn) => arn.split('/').at(-1)),
    ...(inlinePolicy !== '' && now.inlinePolicy === '' ? ['its own policy'] : []),
  ];
  if (lacks.length === 0) return kept(what, pointer);
  const detail = `gets ${lacks.join(', ')}; accounts that have the set get it when it is provisioned again`;
  return made('change', what, pointer, step, detail);
}

/** What it has otherwise than the file says. What it only lacks is no difference: it gets that. */
function differences(
  set: PermissionSet,
  now: Live['permissionSets'][number],
  inlinePolicy: string,
): string[] {
  const others = now.managedPolicies.filter((arn) => !set.managedPolicies.includes(arn));
  return [
    ...(now.sessionDuration === `PT${set.sessionHours}H`
      ? []
      : [`a session lasts ${now.sessionDuration}, not PT${set.sessionHours}H`]),
    ...others.map((arn) => `it has ${arn.split('/').at(-1)} besides`),
    ...(now.inlinePolicy === '' || (inlinePolicy !== '' && sameJson(now.inlinePolicy, inlinePolicy))
      ? []
      : ['it has another policy of its own']),
  ];
}

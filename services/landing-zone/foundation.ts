import { quarantinePolicy, rootFencePolicy } from '../guardrails/fence.ts';
import { canonicalJson } from '../kernel/canonical-json.ts';
import type { Item } from './items.ts';
import type { LandingZoneFile } from './landing-zone.schema.ts';
import type { Live } from './live.schema.ts';

/** What a landing zone has to have before Jetway: none of it is made here, all of it is looked at. */
export const foundationItems = (file: LandingZoneFile, live: Live): Item[] => [
  landingZone(file, live),
  ...regions(file, live),
  ...accounts(file, live),
  ...quota(file, live),
  ...hub(file, live),
  sharing(live),
  ...factory(file, live),
  ...fence(file, live),
];

const keep = (what: string, pointer: string): Item => ({ action: 'keep', what, pointer });
const cannot = (what: string, pointer: string, detail: string): Item => ({
  action: 'cannot',
  what,
  pointer,
  detail,
});

function landingZone({ homeRegion }: LandingZoneFile, live: Live): Item {
  const { version, status } = live.landingZone;
  const what = `landing zone ${version} in ${live.homeRegion}`;
  if (live.homeRegion !== homeRegion)
    return cannot(
      what,
      '/homeRegion',
      `the file says ${homeRegion}; write ${live.homeRegion}, the Region that Control Tower is in: a landing zone does not move`,
    );
  if (status !== 'ACTIVE')
    return cannot(
      what,
      '/homeRegion',
      `Control Tower works on it (${status}); wait for its end, and if it failed reset it in the Control Tower console: Landing zone settings, Reset`,
    );
  return keep(what, '/homeRegion');
}

function regions({ governedRegions }: LandingZoneFile, { landingZone }: Live): Item[] {
  const live = landingZone.governedRegions;
  const wanted = governedRegions.map((region, i): Item => {
    const pointer = `/governedRegions/${i}`;
    return live.includes(region)
      ? keep(`Region ${region}`, pointer)
      : cannot(
          `Region ${region}`,
          pointer,
          'is not governed; add it in the Control Tower console: Landing zone settings, Modify settings, Regions',
        );
  });
  const others = live
    .filter((region) => !governedRegions.includes(region))
    .map((region) =>
      cannot(
        `Region ${region}`,
        '/governedRegions',
        'is governed and not in the file; write it there, or take it out in the Control Tower console: Landing zone settings, Modify settings, Regions',
      ),
    );
  return [...wanted, ...others];
}

const OF_THE_SET_UP =
  'It was settled when the landing zone was set up: Control Tower console, Landing zone settings, shows it, and no other can be chosen';
/** Why nothing but the file can be changed. */
const SETTLED = {
  management:
    'Whose organization this is follows from who is signed in: aws sts get-caller-identity says it, and another organization needs another sign-in',
  logArchive: OF_THE_SET_UP,
  audit: OF_THE_SET_UP,
} as const;

function accounts(file: LandingZoneFile, live: Live): Item[] {
  const own = {
    management: live.managementAccountId,
    logArchive: live.landingZone.logArchiveAccountId,
    audit: live.landingZone.auditAccountId,
  };
  const words = { management: 'management', logArchive: 'log archive', audit: 'audit' };
  return (['management', 'logArchive', 'audit'] as const).map((role) => {
    const id = file.accounts[role];
    const what = `${words[role]} account ${id}`;
    const pointer = `/accounts/${role}`;
    const expected = own[role];
    if (expected !== undefined && expected !== id)
      return cannot(
        what,
        pointer,
        `is not the ${words[role]} account of the landing zone; write ${expected} here. ${SETTLED[role]}`,
      );
    return presence(what, pointer, id, live);
  });
}

function presence(what: string, pointer: string, id: string, live: Live): Item {
  const account = live.accounts.find((one) => one.id === id);
  if (!account)
    return cannot(
      what,
      pointer,
      'is no account of this organization; look at its id: Organizations console, AWS accounts, or: aws organizations list-accounts',
    );
  if (account.state !== 'ACTIVE')
    return cannot(
      what,
      pointer,
      `is ${account.state}; it has to be ACTIVE: Organizations console, AWS accounts, says what it waits for`,
    );
  return keep(`${what} (${account.name})`, pointer);
}

/** AWS tells the quotas of Organizations here and in no other Region. */
const TOLD_IN = 'us-east-1';

function quota({ accountQuota }: LandingZoneFile, live: Live): Item[] {
  if (live.homeRegion === TOLD_IN)
    return accountQuota === undefined
      ? []
      : [
          {
            ...keep(`account quota of ${accountQuota}`, '/accountQuota'),
            detail: 'AWS tells the quota in this home Region; what the file says counts only where it cannot',
          },
        ];
  return accountQuota === undefined
    ? [
        cannot(
          'account quota',
          '/homeRegion',
          `is not known: AWS tells it in ${TOLD_IN} alone. Look there (Service Quotas console in ${TOLD_IN}, AWS Organizations, Default maximum number of accounts; or: aws service-quotas get-service-quota --service-code organizations --quota-code L-E619E033 --region ${TOLD_IN}) and write it as accountQuota`,
        ),
      ]
    : [keep(`account quota of ${accountQuota}`, '/accountQuota')];
}

const hub = ({ mirrorHub }: LandingZoneFile, live: Live): Item[] =>
  mirrorHub === undefined
    ? []
    : [
        presence(`mirror hub ${mirrorHub.account}`, '/mirrorHub/account', mirrorHub.account, live),
        ...(mirrorHub.target === undefined
          ? [
              {
                ...keep('mirror target of the hub', '/mirrorHub'),
                detail:
                  'is what the service was started with (JETWAY_MIRROR_TARGET); write it under target to set it from here',
              },
            ]
          : []),
      ];

const sharing = (live: Live): Item =>
  live.trustedServices.includes('ram.amazonaws.com')
    ? keep('sharing with the organization (RAM)', '')
    : cannot(
        'sharing with the organization (RAM)',
        '',
        'is off; switch it on in the management account: RAM console, Settings, "Enable sharing with AWS Organizations", or: aws ram enable-sharing-with-aws-organization',
      );

function factory({ accountFactory }: LandingZoneFile, live: Live): Item[] {
  const product = `product ${accountFactory.product}`;
  const pointer = '/accountFactory/product';
  const network = 'no VPC of Account Factory';
  const late = live.accountsWithFactoryVpc;
  return [
    live.product === null
      ? cannot(product, pointer, 'is not in Service Catalog of this Region; look at its name')
      : live.product.activeVersions === 0
        ? cannot(product, pointer, 'has no active version; make one active in Service Catalog')
        : keep(`${product} (${live.product.productId})`, pointer),
    late.length === 0
      ? keep(`${network} since ${accountFactory.noVpcSince}`, '/accountFactory/noVpcSince')
      : cannot(
          network,
          '/accountFactory/noVpcSince',
          `its network settings still make VPCs: ${late.join(', ')} got one after ${accountFactory.noVpcSince}. Switch it off in the Control Tower console: Account Factory, Network configuration, Edit: no Region chosen, 0 subnets, internet access off; then write the new day here`,
        ),
  ];
}

function fence({ quarantine }: LandingZoneFile, live: Live): Item[] {
  const root = live.units.find(({ path }) => path === '');
  const wanted = {
    policy: quarantinePolicy(),
    rootFence: rootFencePolicy({ organizationId: live.organizationId, rootId: root?.id ?? '' }),
  };
  return (['policy', 'rootFence'] as const).map((member) => {
    const name = quarantine[member];
    const what = `policy ${name}`;
    const pointer = `/quarantine/${member}`;
    const found = live.policies.find((one) => one.name === name);
    if (!found)
      return cannot(what, pointer, 'is not there; deploy the stack of the fence first (docs/deploy.md)');
    if (!sameJson(found.content, wanted[member]))
      return cannot(
        what,
        pointer,
        'is another one than this version makes; update the stack of the fence (docs/deploy.md)',
      );
    if (member === 'rootFence' && !live.rootPolicies.includes(name))
      return cannot(
        what,
        pointer,
        'is not attached to the root; deploy the stack of the fence again (docs/deploy.md)',
      );
    return keep(what, pointer);
  });
}

/** The same document, however it is written. */
export function sameJson(one: string, other: string): boolean {
  try {
    return canonicalJson(JSON.parse(one)) === canonicalJson(JSON.parse(other));
  } catch {
    return false;
  }
}

import type { Catalogue } from '../guardrails/catalogue.ts';
import { accountRequests, coreAccounts } from './lza-accounts.ts';
import { type Groups, identityCenter } from './lza-people.ts';
import { beginnings, type Imported, type ImportOptions, unitTree } from './requests.ts';
import { itemsAt, leftOver, type Note, peek, type Source, take, takeText, textsAt } from './source.ts';

/** The files of a configuration of the Landing Zone Accelerator, by name; those that are not there are absent. */
export type LzaFiles = ReadonlyMap<string, Source>;

/** Where the accelerator keeps what. */
export const LZA_FILES = [
  'accounts-config.yaml',
  'organization-config.yaml',
  'global-config.yaml',
  'iam-config.yaml',
  'network-config.yaml',
  'security-config.yaml',
] as const;

export type LzaContext = {
  options: ImportOptions;
  catalogue: Catalogue;
  /** Text of a file that the configuration names, from its folder. */
  readText: (path: string) => string | undefined;
};

/** A configuration of the Landing Zone Accelerator as a landing-zone file and requests. Pure. */
export function importLza(files: LzaFiles, context: LzaContext): Imported {
  const get = (name: (typeof LZA_FILES)[number]) => files.get(name);
  const notes: Note[] = [];
  const controls = controlsOf(get('global-config.yaml'), get('security-config.yaml'), context.catalogue);
  const groups: Groups = identityCenter(get('iam-config.yaml'), context.readText);
  const units = unitsOf(get('organization-config.yaml'), get('accounts-config.yaml'));
  const landingZone = {
    version: 1,
    ...regions(get('global-config.yaml')),
    accounts: coreAccounts(get('accounts-config.yaml')),
    organizationalUnits: unitTree(units, (path) => {
      const own = controls.get(path) ?? [];
      return {
        ...(path === 'Security' ? { takesAccounts: false, register: false } : {}),
        ...(path === 'Infrastructure' ? { takesAccounts: false } : {}),
        ...(own.length > 0 ? { controls: own } : {}),
      };
    }),
    identityCenter: { groups: groups.groups, permissionSets: groups.permissionSets },
    ...pools(get('network-config.yaml')),
    ...beginnings(),
  };
  quarantine(get('organization-config.yaml'), notes);
  const requests = accountRequests(get('accounts-config.yaml'), groups.assignments, context.options);
  for (const source of files.values()) notes.push(...leftOver(source, why(source.file)));
  return { landingZone, requests, notes };
}

const WHY: readonly [RegExp, RegExp, string][] = [
  [
    /organization/,
    /^\/serviceControlPolicies/,
    'a policy of your own; attach it in Organizations, or enable a control that says the same',
  ],
  [
    /organization/,
    /^\/(tagging|backup|chatbot|resourceControl)Policies/,
    'a policy of another kind; Jetway attaches service control policies only',
  ],
  [
    /global/,
    /^\/controlTower\/controls/,
    'a control that Jetway does not know by this name, or switched off; enable it in the Control Tower console',
  ],
  [/global/, /^\/logging/, 'logging is Control Tower’s and the component cloudtrail’s (docs/permissions.md)'],
  [
    /global/,
    /^\/(reports|backup|snsTopics)/,
    'a service of its own; the component budget makes budgets for each account',
  ],
  [
    /global/,
    /^\/(managementAccountAccessRole|cloudwatchLogRetentionInDays|terminationProtection|cdkOptions)/,
    'a setting of the accelerator itself',
  ],
  [
    /iam/,
    /^\/(policySets|roleSets|userSets|groupSets|providers)/,
    'IAM of single accounts; write a component for it (CONTRIBUTING.md)',
  ],
  [/iam/, /^\/identityCenter/, 'a part of Identity Center that has no place in the file'],
  [
    /network/,
    /^\/vpcs|^\/vpcTemplates/,
    'VPCs are the component vpc’s: one for each account, from the network pools',
  ],
  [/network/, /^/, 'networks between accounts are not Jetway’s'],
  [/security/, /^\/awsConfig/, 'a rule that is no control of the catalogue; write a component for it'],
  [/security/, /^/, 'a central security service; it stays where it is'],
  [/accounts/, /^/, 'nothing here corresponds to it'],
];
const why = (file: string) => (pointer: string) =>
  WHY.find(([name, at]) => name.test(file) && at.test(pointer))?.[2] ?? 'nothing here corresponds to it';

function regions(global: Source | undefined): Record<string, unknown> {
  if (!global) return {};
  const home = takeText(global, '/homeRegion');
  const enabled = textsAt(global, '/enabledRegions');
  takeText(global, '/controlTower/enable');
  if (peek(global, '/controlTower/enable') === true) take(global, '/controlTower/enable');
  return {
    ...(home === undefined ? {} : { homeRegion: home }),
    ...(enabled.length > 0 ? { governedRegions: enabled } : {}),
  };
}

/** Units that are named, and those that accounts lie in. Ignored ones are the accelerator's not to touch; here they are units. */
function unitsOf(organization: Source | undefined, accounts: Source | undefined): string[] {
  const named = organization
    ? itemsAt(organization, '/organizationalUnits').flatMap((at) => {
        if (peek(organization, `${at}/ignore`) === true) take(organization, `${at}/ignore`);
        return takeText(organization, `${at}/name`) ?? [];
      })
    : [];
  const used = ['/mandatoryAccounts', '/workloadAccounts'].flatMap((list) =>
    accounts
      ? itemsAt(accounts, list).flatMap(
          (at) => (peek(accounts, `${at}/organizationalUnit`) as string | undefined) ?? [],
        )
      : [],
  );
  if (organization && peek(organization, '/enable') === true) take(organization, '/enable');
  return [...named, ...used].filter((path) => path !== 'Root');
}

/** Controls by the path of the unit that they are enabled on. */
function controlsOf(
  global: Source | undefined,
  security: Source | undefined,
  catalogue: Catalogue,
): Map<string, string[]> {
  const found = new Map<string, string[]>();
  const add = (unit: string, id: string) => {
    const before = found.get(unit) ?? [];
    if (!before.includes(id)) found.set(unit, [...before, id]);
  };
  for (const at of global ? itemsAt(global, '/controlTower/controls') : []) {
    const id = String(peek(global!, `${at}/identifier`));
    const control = catalogue.byId.get(id);
    if (!control?.apiManageable || !id.startsWith('AWS-GR_') || control.guidance === 'mandatory') continue;
    if (peek(global!, `${at}/enable`) === false) continue;
    take(global!, `${at}/identifier`);
    take(global!, `${at}/enable`);
    for (const unit of textsAt(global!, `${at}/deploymentTargets/organizationalUnits`)) add(unit, id);
  }
  if (security) rulesOf(security, catalogue, add);
  return found;
}

/** Managed rules of Config that are what a control of Control Tower is made of. */
function rulesOf(security: Source, catalogue: Catalogue, add: (unit: string, id: string) => void): void {
  const byRule = new Map(
    catalogue.controls
      .filter((one) => one.id.startsWith('AWS-GR_') && one.apiManageable && one.guidance !== 'mandatory')
      .flatMap((one) => (one.configRule ? [[one.configRule.sourceIdentifier, one.id] as const] : [])),
  );
  for (const set of itemsAt(security, '/awsConfig/ruleSets')) {
    const targets = peek(security, `${set}/deploymentTargets/organizationalUnits`);
    const units = Array.isArray(targets) ? targets.map(String) : [];
    for (const rule of itemsAt(security, `${set}/rules`)) {
      const id = byRule.get(String(peek(security, `${rule}/identifier`)));
      const hasInputs = Object.keys((peek(security, `${rule}/inputParameters`) ?? {}) as object).length > 0;
      if (id === undefined || hasInputs || units.length === 0 || units.includes('Root')) continue;
      for (const member of ['name', 'identifier', 'complianceResourceTypes'])
        take(security, `${rule}/${member}`);
      for (const unit of units) add(unit, id);
    }
    if (units.length > 0 && !units.includes('Root'))
      take(security, `${set}/deploymentTargets/organizationalUnits`);
  }
}

/** The blocks that a central IPAM hands out. Blocks of single VPCs are taken, and no pool. */
function pools(network: Source | undefined): Record<string, unknown> {
  if (!network) return {};
  const found = itemsAt(network, '/centralNetworkServices/ipams').flatMap((ipam) =>
    itemsAt(network, `${ipam}/pools`).flatMap((pool) => {
      if (peek(network, `${pool}/sourceIpamPool`) !== undefined) return [];
      const name = takeText(network, `${pool}/name`) ?? 'pool';
      return textsAt(network, `${pool}/provisionedCidrs`).map((cidr, i) => ({
        name: `${name.toLowerCase().replace(/[^a-z0-9]+/g, '-')}${i === 0 ? '' : `-${i + 1}`}`,
        cidr,
      }));
    }),
  );
  return found.length > 0 ? { networkPools: found } : {};
}

function quarantine(organization: Source | undefined, notes: Note[]): void {
  const at = '/quarantineNewAccounts';
  if (!organization || peek(organization, at) === undefined) return;
  take(organization, at);
  notes.push({
    at: organization.at(at),
    what: at,
    why: 'Jetway has a quarantine of its own (jetway-quarantine), on every account until it is ACTIVE; switch this one off, or both fence',
  });
}

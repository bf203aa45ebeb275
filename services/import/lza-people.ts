import { itemsAt, peek, type Source, take, takeText, textsAt } from './source.ts';

export type Assignment = { permissionSet: string; groups: string[]; accounts: string[]; units: string[] };
export type Groups = {
  groups: { name: string }[];
  permissionSets: Record<string, unknown>[];
  assignments: Assignment[];
};

/** Policies of AWS that lie in a folder: the accelerator names them without it. */
const JOB_FUNCTIONS = [
  'Billing',
  'DatabaseAdministrator',
  'DataScientist',
  'NetworkAdministrator',
  'SupportUser',
  'SystemAdministrator',
  'ViewOnlyAccess',
];
const arnOf = (name: string): string => {
  if (name.startsWith('arn:')) return name;
  const folder = JOB_FUNCTIONS.includes(name) ? 'job-function/' : '';
  return `arn:aws:iam::aws:policy/${folder}${name}`;
};

const CENTER = '/identityCenter';

/** Permission sets, groups and who gets what where. Users as principals stay behind: people come by their groups. */
export function identityCenter(
  iam: Source | undefined,
  readText: (path: string) => string | undefined,
): Groups {
  if (!iam || peek(iam, CENTER) === undefined) return { groups: [], permissionSets: [], assignments: [] };
  takeText(iam, `${CENTER}/name`);
  takeText(iam, `${CENTER}/delegatedAdminAccount`);
  iam.used.delete(`${CENTER}/delegatedAdminAccount`);
  const permissionSets = itemsAt(iam, `${CENTER}/identityCenterPermissionSets`)
    .map((at) => permissionSet(iam, at, readText))
    .filter((set) => set !== undefined);
  const assignments = itemsAt(iam, `${CENTER}/identityCenterAssignments`).map((at) => assignment(iam, at));
  const names = [...new Set(assignments.flatMap(({ groups }) => groups))];
  return { groups: names.map((name) => ({ name })), permissionSets, assignments };
}

function permissionSet(
  iam: Source,
  at: string,
  readText: (path: string) => string | undefined,
): Record<string, unknown> | undefined {
  const managed = textsAt(iam, `${at}/policies/awsManaged`).map(arnOf);
  const inline = inlinePolicy(iam, `${at}/policies/inlinePolicy`, readText);
  const name = String(peek(iam, `${at}/name`) ?? '');
  if (name === '' || (managed.length === 0 && inline === undefined)) {
    iam.used.delete(`${at}/policies/awsManaged`);
    return undefined;
  }
  take(iam, `${at}/name`);
  const description = takeText(iam, `${at}/description`);
  const minutes = peek(iam, `${at}/sessionDuration`);
  const hours = typeof minutes === 'number' ? minutes / 60 : 1;
  const whole = Number.isInteger(hours) && hours >= 1 && hours <= 12;
  if (whole) take(iam, `${at}/sessionDuration`);
  return {
    name,
    ...(description === undefined ? {} : { description }),
    sessionHours: whole ? hours : 1,
    ...(managed.length > 0 ? { managedPolicies: managed } : {}),
    ...(inline === undefined ? {} : { inlinePolicy: inline }),
  };
}

/** A file of the configuration; what has replacements in it is not a policy yet. */
function inlinePolicy(
  iam: Source,
  at: string,
  readText: (path: string) => string | undefined,
): Record<string, unknown> | undefined {
  const path = peek(iam, at);
  const text = typeof path === 'string' ? readText(path) : undefined;
  if (text === undefined || /\$\{[A-Z_]*ACCEL|\{\{/.test(text)) return undefined;
  try {
    const { Version, Statement } = JSON.parse(text) as { Version?: unknown; Statement?: unknown };
    if (Version !== '2012-10-17' || !Array.isArray(Statement)) return undefined;
    take(iam, at);
    return { Version, Statement };
  } catch {
    return undefined;
  }
}

function assignment(iam: Source, at: string): Assignment {
  takeText(iam, `${at}/name`);
  const permissionSet = takeText(iam, `${at}/permissionSetName`) ?? '';
  const groups = itemsAt(iam, `${at}/principals`).flatMap((one) => {
    if (peek(iam, `${one}/type`) !== 'GROUP') return [];
    take(iam, `${one}/type`);
    return takeText(iam, `${one}/name`) ?? [];
  });
  return {
    permissionSet,
    groups,
    accounts: textsAt(iam, `${at}/deploymentTargets/accounts`),
    units: textsAt(iam, `${at}/deploymentTargets/organizationalUnits`),
  };
}

/** What the form sends, by name; what may be there several times is a list. */
export type FormValues = {
  name: string;
  email: string;
  ou: string;
  team: string;
  ownerEmail: string;
  ownerFirstName: string;
  ownerLastName: string;
  justification: string;
  blueprint: string;
  vpcSize: string;
  vpcZones: string;
  guardrail: string[];
  groups: string[];
  sets: string[];
  tags: string;
  expires: string;
};

const TEXTS = [
  'name',
  'email',
  'ou',
  'team',
  'ownerEmail',
  'ownerFirstName',
  'ownerLastName',
  'justification',
  'blueprint',
  'vpcSize',
  'vpcZones',
  'tags',
  'expires',
] as const;

/** Rows for access that the form shows. */
export const ACCESS_ROWS = 3;

type Sent = Readonly<Record<string, unknown>>;
const text = (value: unknown): string => (typeof value === 'string' ? value.trim() : '');
const texts = (value: unknown): string[] =>
  (Array.isArray(value) ? value : value === undefined ? [] : [value]).map(text);

/** Reads a form of ours; what is not there is empty. */
export function readForm(sent: Sent): FormValues {
  const values = Object.fromEntries(TEXTS.map((name) => [name, text(sent[name])]));
  return {
    ...(values as Record<(typeof TEXTS)[number], string>),
    guardrail: texts(sent.guardrail).filter((id) => id !== ''),
    groups: texts(sent.group),
    sets: texts(sent.set),
  };
}

/**
 * The body of `POST /v1/account-requests` that the form stands for, for the schema to judge. Lines of the tags that are
 * not `key=value` become a key without one, so that nothing is dropped in silence.
 */
export function bodyOf(values: FormValues): Record<string, unknown> {
  const vpc = {
    ...(values.vpcSize === '' ? {} : { size: values.vpcSize }),
    ...(values.vpcZones === '' ? {} : { availabilityZones: Number(values.vpcZones) }),
  };
  const rows = values.groups.map((group, i) => ({ group, permissionSet: values.sets[i] ?? '' }));
  const access = rows.filter(({ group, permissionSet }) => group !== '' || permissionSet !== '');
  const lines = values.tags.split('\n').filter((line) => line.trim() !== '');
  const tags = lines.map((line) => {
    const at = line.indexOf('=');
    return at < 0 ? [line.trim(), ''] : [line.slice(0, at).trim(), line.slice(at + 1).trim()];
  });
  return {
    account: { name: values.name, email: values.email, organizationalUnitId: values.ou },
    team: values.team,
    owner: { email: values.ownerEmail, firstName: values.ownerFirstName, lastName: values.ownerLastName },
    justification: values.justification,
    ...(values.blueprint === ''
      ? {}
      : { blueprint: { name: values.blueprint, parameters: Object.keys(vpc).length === 0 ? {} : { vpc } } }),
    guardrails: values.guardrail,
    access,
    tags: Object.fromEntries(tags),
    ...(values.expires === '' ? {} : { expiresAt: `${values.expires}T00:00:00Z` }),
  };
}

/** The field of a pointer into the body. */
export const REQUEST_FIELDS: Readonly<Record<string, string>> = {
  '/account/name': 'name',
  '/account/email': 'email',
  '/account/organizationalUnitId': 'ou',
  '/team': 'team',
  '/owner/email': 'ownerEmail',
  '/owner/firstName': 'ownerFirstName',
  '/owner/lastName': 'ownerLastName',
  '/justification': 'justification',
  '/blueprint/parameters/vpc/size': 'vpcSize',
  '/blueprint/parameters/vpc/availabilityZones': 'vpcZones',
  '/blueprint': 'blueprint',
  '/guardrails': 'guardrail',
  '/access': 'access',
  '/tags': 'tags',
  '/expiresAt': 'expires',
};

/** A form that nobody has filled in, with what is known of who asks. */
export const emptyForm = (team: string, owner: string): FormValues =>
  readForm({ team, ownerEmail: owner.includes('@') ? owner : '', blueprint: 'standard' });

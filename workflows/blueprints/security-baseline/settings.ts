/** A setting of the account, as the template asks for it, and the calls that set it and read it. */
export type Setting = {
  /** Name of the property in the template. */
  name: string;
  wanted: Record<string, Value>;
  put: Call;
  get: Call;
  /** The part of the answer of `get` that is compared; undefined when nothing is set. */
  readBack: (answer: Record<string, unknown>) => unknown;
};
export type Call = { service: string; operation: string; input: Record<string, unknown> };
type Value = string | number | boolean;
type Kind = 'boolean' | 'number' | 'text';

/** What the resource asks for is not understood; `message` lists every problem. */
export class PropertiesError extends Error {
  override readonly name = 'PropertiesError';
}

/** CloudFormation's own properties of a custom resource. */
const OWN = ['ServiceToken', 'ServiceTimeout'];
const CONTACTS: Record<string, string> = {
  SecurityContact: 'SECURITY',
  OperationsContact: 'OPERATIONS',
  BillingContact: 'BILLING',
};

const FIELDS: Record<string, Record<string, Kind>> = {
  PasswordPolicy: {
    MinimumPasswordLength: 'number',
    RequireSymbols: 'boolean',
    RequireNumbers: 'boolean',
    RequireUppercaseCharacters: 'boolean',
    RequireLowercaseCharacters: 'boolean',
    AllowUsersToChangePassword: 'boolean',
    MaxPasswordAge: 'number',
    PasswordReusePrevention: 'number',
  },
  S3PublicAccessBlock: {
    BlockPublicAcls: 'boolean',
    IgnorePublicAcls: 'boolean',
    BlockPublicPolicy: 'boolean',
    RestrictPublicBuckets: 'boolean',
  },
  EbsEncryption: { EbsEncryptionByDefault: 'boolean' },
  InstanceMetadata: { HttpTokens: 'text', HttpPutResponseHopLimit: 'number' },
  ...Object.fromEntries(
    Object.keys(CONTACTS).map((name) => [
      name,
      { Name: 'text', Title: 'text', EmailAddress: 'text', PhoneNumber: 'text' } as const,
    ]),
  ),
};

/**
 * Reads the properties of the custom resource. CloudFormation gives every value as text. A setting that is not named
 * is not touched; one that is named is named whole. Throws PropertiesError.
 */
export function settingsOf(properties: Record<string, unknown>, accountId: string): Setting[] {
  const problems: string[] = [];
  const settings = Object.entries(properties)
    .filter(([name]) => !OWN.includes(name))
    .flatMap(([name, given]) => {
      const wanted = wantedOf(name, given, problems);
      return wanted ? [{ name, wanted, ...callsOf(name, wanted, accountId) }] : [];
    });
  if (problems.length === 0 && settings.length === 0) problems.push('no setting is named');
  if (problems.length > 0) throw new PropertiesError(problems.join('; '));
  return settings;
}

function wantedOf(name: string, given: unknown, problems: string[]): Record<string, Value> | undefined {
  const fields = Object.hasOwn(FIELDS, name) ? FIELDS[name] : undefined;
  if (fields === undefined || typeof given !== 'object' || given === null || Array.isArray(given)) {
    problems.push(fields === undefined ? `${name} is not known` : `${name} has to be an object`);
    return undefined;
  }
  const values = given as Record<string, unknown>;
  for (const field of Object.keys(values))
    if (!Object.hasOwn(fields, field)) problems.push(`${name}.${field} is not known`);
  const wanted: Record<string, Value> = {};
  for (const [field, kind] of Object.entries(fields)) {
    const value = readValue(values[field], kind);
    if (value === undefined) problems.push(`${name}.${field} has to be a ${kind}`);
    else wanted[field] = value;
  }
  if (name === 'EbsEncryption' && wanted.EbsEncryptionByDefault === false)
    problems.push('EbsEncryption.EbsEncryptionByDefault can only be true: a baseline switches nothing off');
  return wanted;
}

function readValue(value: unknown, kind: Kind): Value | undefined {
  const text = typeof value === 'object' || value === undefined ? '' : String(value);
  switch (kind) {
    case 'boolean':
      return text === 'true' ? true : text === 'false' ? false : undefined;
    case 'number':
      return /^\d{1,9}$/.test(text) ? Number(text) : undefined;
    case 'text':
      return text.trim() === '' ? undefined : text;
  }
}

function callsOf(
  name: string,
  wanted: Record<string, Value>,
  accountId: string,
): Pick<Setting, 'put' | 'get' | 'readBack'> {
  switch (name) {
    case 'PasswordPolicy':
      return {
        put: { service: 'iam', operation: 'UpdateAccountPasswordPolicy', input: wanted },
        get: { service: 'iam', operation: 'GetAccountPasswordPolicy', input: {} },
        readBack: (answer) => answer.PasswordPolicy,
      };
    case 'S3PublicAccessBlock': {
      const service = 's3-control';
      const input = { AccountId: accountId, PublicAccessBlockConfiguration: wanted };
      return {
        put: { service, operation: 'PutPublicAccessBlock', input },
        get: { service, operation: 'GetPublicAccessBlock', input: { AccountId: accountId } },
        readBack: (answer) => answer.PublicAccessBlockConfiguration,
      };
    }
    case 'EbsEncryption':
      return {
        put: { service: 'ec2', operation: 'EnableEbsEncryptionByDefault', input: {} },
        get: { service: 'ec2', operation: 'GetEbsEncryptionByDefault', input: {} },
        readBack: (answer) => answer,
      };
    case 'InstanceMetadata':
      return {
        put: { service: 'ec2', operation: 'ModifyInstanceMetadataDefaults', input: wanted },
        get: { service: 'ec2', operation: 'GetInstanceMetadataDefaults', input: {} },
        readBack: (answer) => answer.AccountLevel,
      };
    default: {
      const AlternateContactType = CONTACTS[name];
      const input = { AlternateContactType, ...wanted };
      return {
        put: { service: 'account', operation: 'PutAlternateContact', input },
        get: { service: 'account', operation: 'GetAlternateContact', input: { AlternateContactType } },
        readBack: (answer) => answer.AlternateContact,
      };
    }
  }
}

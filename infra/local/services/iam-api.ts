import { AwsError, type Caller, type ServiceModule, type World } from '../world.ts';
import { type AccountResource, deleteResource, GLOBAL, putResource } from './account-resources.ts';
import { getSetting, putSetting } from './account-settings.ts';
import { scheduleEvaluation } from './config/rules.ts';
import { getRole, putRoles, ROLE_TYPE } from './iam.ts';

type Policy = Record<string, number | boolean>;
/** What UpdateAccountPasswordPolicy takes for what is left out. */
const PASSWORD_DEFAULTS: Policy = {
  MinimumPasswordLength: 6,
  RequireSymbols: false,
  RequireNumbers: false,
  RequireUppercaseCharacters: false,
  RequireLowercaseCharacters: false,
  AllowUsersToChangePassword: false,
};
type NewRole = { RoleName: string; AssumeRolePolicyDocument: string; Path?: string; Description?: string };

/** IAM's API: the password policy of an account, and roles. */
export function iamService(world: World): ServiceModule {
  return {
    shape: 'iam',
    operations: {
      UpdateAccountPasswordPolicy: (input: Policy, caller: Caller) => {
        putSetting(world, caller, 'password-policy', { ...PASSWORD_DEFAULTS, ...input });
        return {};
      },
      GetAccountPasswordPolicy: (_input: unknown, caller: Caller) => {
        const policy = getSetting<Policy>(world.store, caller, 'password-policy');
        if (!policy)
          throw new AwsError(
            'NoSuchEntityException',
            `The Password Policy with domain name ${caller.accountId} cannot be found.`,
            404,
          );
        return { PasswordPolicy: { ...policy, ExpirePasswords: policy.MaxPasswordAge !== undefined } };
      },
      CreateRole: (input: NewRole, caller: Caller) => ({ Role: describe(createRole(world, input, caller)) }),
      GetRole: ({ RoleName }: { RoleName: string }, caller: Caller) => ({
        Role: describe(roleNamed(world, RoleName, caller)),
      }),
      UpdateAssumeRolePolicy: (input: { RoleName: string; PolicyDocument: string }, caller: Caller) => {
        const role = roleNamed(world, input.RoleName, caller);
        const AssumeRolePolicyDocument = policyDocument(input.PolicyDocument);
        putResource(world.store, { ...role, properties: { ...role.properties, AssumeRolePolicyDocument } });
        changed(world, caller);
        return {};
      },
      DeleteRole: ({ RoleName }: { RoleName: string }, caller: Caller) => {
        roleNamed(world, RoleName, caller);
        deleteResource(world.store, caller.accountId, GLOBAL, ROLE_TYPE, RoleName);
        changed(world, caller);
        return {};
      },
    },
  };
}

/** Config records roles in the home Region. */
const changed = (world: World, { accountId }: Caller): void =>
  scheduleEvaluation(world, accountId, world.landingZone.homeRegion);

function createRole(world: World, input: NewRole, caller: Caller): AccountResource {
  const { RoleName: name, Path: path, Description: description } = input;
  if (getRole(world, caller.accountId, name))
    throw new AwsError('EntityAlreadyExistsException', `Role with name ${name} already exists.`, 409);
  const trust = policyDocument(input.AssumeRolePolicyDocument);
  const more = {
    ...(path === undefined ? {} : { path }),
    ...(description === undefined ? {} : { description }),
  };
  putRoles(world, caller.accountId, [{ name, trust, ...more }]);
  changed(world, caller);
  return roleNamed(world, name, caller);
}

function policyDocument(text: string): unknown {
  try {
    const document: unknown = JSON.parse(text);
    if (typeof document === 'object' && document !== null && 'Statement' in document) return document;
  } catch {
    // Said below.
  }
  throw new AwsError('MalformedPolicyDocumentException', 'This policy contains invalid Json');
}

function roleNamed(world: World, name: string, caller: Caller): AccountResource {
  const role = getRole(world, caller.accountId, name);
  if (!role) throw new AwsError('NoSuchEntityException', `The role with name ${name} cannot be found.`, 404);
  return role;
}

function describe({ id, properties, attributes, createdAt }: AccountResource) {
  return {
    Path: String(properties.Path ?? '/'),
    RoleName: id,
    RoleId: attributes.RoleId,
    Arn: attributes.Arn,
    CreateDate: createdAt,
    AssumeRolePolicyDocument: encodeURIComponent(JSON.stringify(properties.AssumeRolePolicyDocument)),
  };
}

import { AwsError, type Caller, type World } from '../../../world.ts';
import { prepare, type RevisionInput, templateText } from '../revision.ts';
import { validationError } from '../template/template.ts';
import {
  countSets,
  findSet,
  instancesIn,
  requireAdministrator,
  requireSet,
  type StackSet,
  saveSet,
  setArn,
} from './documents.ts';

export type CreateStackSetInput = RevisionInput & {
  StackSetName: string;
  Description?: string;
  PermissionModel?: 'SERVICE_MANAGED' | 'SELF_MANAGED';
  AutoDeployment?: { Enabled?: boolean; RetainStacksOnAccountRemoval?: boolean };
  ManagedExecution?: { Active?: boolean };
  AdministrationRoleARN?: string;
  ExecutionRoleName?: string;
  StackId?: string;
  ClientRequestToken?: string;
};

const MAX_SETS = 1_000;

/** @throws AwsError `NameAlreadyExistsException`, `LimitExceededException`, `ValidationError` */
export function createStackSet(world: World, input: CreateStackSetInput, caller: Caller) {
  requireAdministrator(world, caller);
  checkInput(input);
  const known = findSet(world, caller.region, input.StackSetName);
  if (known) {
    const isSameCall = known.token !== '' && known.token === input.ClientRequestToken;
    if (isSameCall && known.input === JSON.stringify(input)) return { StackSetId: known.id };
    throw new AwsError(
      'NameAlreadyExistsException',
      `The Name ${input.StackSetName} already exists. Choose a different name.`,
      409,
    );
  }
  if (countSets(world, caller.region) >= MAX_SETS)
    throw new AwsError('LimitExceededException', `The account has ${MAX_SETS} stack sets already.`);
  const id = `${input.StackSetName}:${world.random.uuid()}`;
  const { accountId, region } = caller;
  const prepared = prepare(world, { accountId, region, stackId: id, stackName: input.StackSetName }, input);
  const set: StackSet = {
    id,
    name: input.StackSetName,
    accountId,
    region,
    ...(input.Description === undefined ? {} : { description: input.Description }),
    revision: prepared.revision,
    managedExecution: input.ManagedExecution?.Active === true,
    token: input.ClientRequestToken ?? '',
    input: JSON.stringify(input),
  };
  saveSet(world, set);
  return { StackSetId: id };
}

function checkInput(input: CreateStackSetInput): void {
  if (!/^[a-zA-Z][-a-zA-Z0-9]{0,127}$/.test(input.StackSetName))
    throw validationError(
      `1 validation error detected: Value '${input.StackSetName}' at 'stackSetName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*`,
    );
  if (input.PermissionModel !== 'SERVICE_MANAGED' || input.StackId !== undefined)
    throw validationError('The embedded AWS makes stack sets with SERVICE_MANAGED permissions only.');
  if (input.AdministrationRoleARN !== undefined || input.ExecutionRoleName !== undefined)
    throw validationError('Roles cannot be specified for a stack set with SERVICE_MANAGED permissions');
  if (input.AutoDeployment?.Enabled !== false)
    throw validationError('The embedded AWS makes stack sets with AutoDeployment.Enabled = false only.');
  if (input.AutoDeployment.RetainStacksOnAccountRemoval !== undefined)
    throw validationError('RetainStacksOnAccountRemoval cannot be specified when AutoDeployment is disabled');
}

export function describeStackSet(world: World, input: { StackSetName: string }, caller: Caller) {
  const set = requireSet(world, input, caller);
  const instances = instancesIn(world, set);
  const { revision } = set;
  return {
    StackSet: {
      StackSetName: set.name,
      StackSetId: set.id,
      StackSetARN: setArn(set),
      ...(set.description === undefined ? {} : { Description: set.description }),
      Status: 'ACTIVE',
      TemplateBody: templateText(world, revision),
      Parameters: revision.parameters.map(({ name, text, noEcho }) => ({
        ParameterKey: name,
        ParameterValue: noEcho ? '****' : text,
      })),
      Capabilities: revision.capabilities,
      Tags: revision.tags,
      PermissionModel: 'SERVICE_MANAGED',
      AutoDeployment: { Enabled: false },
      ManagedExecution: { Active: set.managedExecution },
      OrganizationalUnitIds: [...new Set(instances.map(({ unitId }) => unitId))],
      Regions: [...new Set(instances.map(({ region }) => region))],
    },
  };
}

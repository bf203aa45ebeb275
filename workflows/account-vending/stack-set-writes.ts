import { CAUGHT_ERROR, caught, otherwise } from '../asl/catch.ts';
import type { States, TaskState } from '../asl/definition.ts';
import { expr } from '../asl/expression.ts';
import { sdk } from '../asl/sdk.ts';

const PARAMETERS =
  "[$each($component.parameters, function($v, $k) {{'ParameterKey': $k, 'ParameterValue': $v}})]";

/** The same token never makes a second set or a second operation. */
const token = (verb: string) =>
  expr(`$requestId & '-${verb}-' & $component.name & '-' & $epoch & '-' & $resumes`);

/** The set's own values are those of whoever made it; every account brings all of its own. */
const createStackSet = (named: (name: string) => string): TaskState =>
  sdk('cloudformation:createStackSet', {
    comment: 'Managed execution lets the vends of many accounts work in one set at once.',
    arguments: {
      StackSetName: expr('$component.stackSetName'),
      Description: expr("'Jetway: ' & $component.name & ' in the governed Regions besides home'"),
      TemplateURL: expr(
        "$plan.templateBaseUrl & '/' & $replace($component.templateDigest, 'sha256:', '') & '.template.json'",
      ),
      Parameters: expr(PARAMETERS),
      Capabilities: ['CAPABILITY_NAMED_IAM'],
      Tags: [
        { Key: 'jetway:template-digest', Value: expr('$component.templateDigest') },
        { Key: 'jetway:component', Value: expr('$component.name') },
      ],
      PermissionModel: 'SERVICE_MANAGED',
      AutoDeployment: { Enabled: false },
      ManagedExecution: { Active: true },
      ClientRequestToken: token('set'),
      CallAs: 'SELF',
    },
    catch: [
      otherwise(named('Was the stack set refused?'), { trouble: CAUGHT_ERROR, tries: expr('$tries + 1') }),
    ],
    next: named('Wait for the stack set'),
  });

const OPERATIONS = {
  create: 'cloudformation:createStackInstances',
  update: 'cloudformation:updateStackInstances',
  delete: 'cloudformation:deleteStackInstances',
} as const;

/** All Regions at once; a failure in one keeps the others from nothing. Only this account of its unit is meant. */
export const setOperation = (named: (name: string) => string, verb: keyof typeof OPERATIONS): TaskState =>
  sdk(OPERATIONS[verb], {
    arguments: {
      StackSetName: expr('$component.stackSetName'),
      DeploymentTargets: {
        OrganizationalUnitIds: [expr('$plan.account.organizationalUnitId')],
        Accounts: [expr('$accountId')],
        AccountFilterType: 'INTERSECTION',
      },
      Regions: expr('$targets'),
      ...(verb === 'delete' ? { RetainStacks: false } : { ParameterOverrides: expr(PARAMETERS) }),
      OperationPreferences: { RegionConcurrencyType: 'PARALLEL', FailureToleranceCount: 0 },
      OperationId: token(verb),
      CallAs: 'SELF',
    },
    catch: [
      caught(['CloudFormation.OperationIdAlreadyExistsException'], named('Wait for the operation')),
      otherwise(named('Was the operation refused?'), { trouble: CAUGHT_ERROR, tries: expr('$tries + 1') }),
    ],
    next: named('Wait for the operation'),
  });

/** Every write is followed by a look, whether it was accepted, refused or unclear. */
export const setWrites = (named: (name: string) => string): States => ({
  [named('Create the stack set')]: createStackSet(named),
  [named('Create the instances')]: setOperation(named, 'create'),
  [named('Update the instances')]: setOperation(named, 'update'),
  [named('Delete the instances')]: setOperation(named, 'delete'),
});

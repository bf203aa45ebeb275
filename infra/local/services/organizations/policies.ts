import type { OrganizationPolicy, PolicyAttachment } from '../../organization-tree.ts';
import { page } from '../../paging.ts';
import { token } from '../../random.ts';
import type { Store } from '../../store.ts';
import { AwsError, type Caller, type Operation, type World } from '../../world.ts';
import { limit, QUOTAS } from '../service-quotas.ts';
import { saveTags, type Tag } from './tags.ts';
import {
  ACCOUNTS,
  ATTACHMENTS,
  accountArn,
  accountAt,
  POLICIES,
  rootArn,
  UNITS,
  unitArn,
  unitAt,
} from './tree.ts';

const SCP = 'SERVICE_CONTROL_POLICY';
export const FULL_ACCESS_ID = 'p-FullAWSAccess';

const PAGE = 20;
const attachmentKey = (targetId: string, policyId: string) => `${targetId}/${policyId}`;

/** Attaches without asking; inside a store transaction. For what AWS itself does. */
export function attachNow(store: Store, policyId: string, targetId: string): void {
  store.put(ATTACHMENTS, attachmentKey(targetId, policyId), { TargetId: targetId, PolicyId: policyId });
}

/** Detaches without asking; inside a store transaction. For what AWS itself does. */
export function detachNow(store: Store, policyId: string, targetId: string): void {
  store.delete(ATTACHMENTS, attachmentKey(targetId, policyId));
}

export function policyAt(store: Store, id: string): OrganizationPolicy {
  const policy = store.get<OrganizationPolicy>(POLICIES, id);
  if (policy) return policy;
  throw new AwsError('PolicyNotFoundException', "You specified a policy that doesn't exist.");
}

export const attachedTo = (store: Store, targetId: string): PolicyAttachment[] =>
  store.values<PolicyAttachment>(ATTACHMENTS).filter((attachment) => attachment.TargetId === targetId);

type Audit = (eventName: string, caller: Caller, requestParameters: Record<string, unknown>) => void;
type Paged = { NextToken?: string; MaxResults?: number };

/** Service control policies. Other policy types are not enabled in this organization. */
export function policyOperations(world: World, audit: Audit): Record<string, Operation> {
  return {
    ...documentOperations(world, audit),
    ...attachmentOperations(world, audit),
    ...policyReads(world),
  };
}

function documentOperations(world: World, audit: Audit): Record<string, Operation> {
  const { store, random } = world;
  const show = (policy: OrganizationPolicy) => summary(world, policy);
  return {
    CreatePolicy(input: CreatePolicyInput, caller: Caller) {
      if (input.Type !== SCP) {
        throw new AwsError(
          'PolicyTypeNotAvailableForOrganizationException',
          `${input.Type} is not available.`,
        );
      }
      checkContent(store, input.Content);
      checkName(store, input.Name);
      const policy: OrganizationPolicy = {
        Id: `p-${token(random, 10)}`,
        Name: input.Name,
        Description: input.Description,
        Content: input.Content,
        AwsManaged: false,
      };
      store.put(POLICIES, policy.Id, policy);
      if (input.Tags) saveTags(store, policy.Id, input.Tags);
      audit('CreatePolicy', caller, { name: input.Name, type: input.Type, description: input.Description });
      return { Policy: { PolicySummary: show(policy), Content: policy.Content } };
    },
    UpdatePolicy(input: { PolicyId: string; Name?: string; Description?: string; Content?: string }, caller) {
      const policy = policyAt(store, input.PolicyId);
      if (policy.AwsManaged)
        throw new AwsError('InvalidInputException', 'IMMUTABLE_POLICY: AWS manages this policy.');
      if (input.Content !== undefined) checkContent(store, input.Content);
      if (input.Name !== undefined && input.Name !== policy.Name) checkName(store, input.Name);
      const { PolicyId, ...changes } = input;
      const updated = { ...policy, ...changes };
      store.put(POLICIES, PolicyId, updated);
      audit('UpdatePolicy', caller, { policyId: PolicyId });
      return { Policy: { PolicySummary: show(updated), Content: updated.Content } };
    },
    DeletePolicy(input: { PolicyId: string }, caller: Caller) {
      const policy = policyAt(store, input.PolicyId);
      const used = store.values<PolicyAttachment>(ATTACHMENTS).some(({ PolicyId }) => PolicyId === policy.Id);
      if (used || policy.AwsManaged) {
        throw new AwsError('PolicyInUseException', 'The policy is attached to one or more entities.');
      }
      store.delete(POLICIES, policy.Id);
      audit('DeletePolicy', caller, { policyId: policy.Id });
    },
  };
}

type CreatePolicyInput = { Content: string; Description: string; Name: string; Type: string; Tags?: Tag[] };

function attachmentOperations(world: World, audit: Audit): Record<string, Operation> {
  const { store } = world;
  type Ref = { PolicyId: string; TargetId: string };
  return {
    AttachPolicy(input: Ref, caller: Caller) {
      const policy = policyAt(store, input.PolicyId);
      describeTarget(world, input.TargetId);
      if (store.get(ATTACHMENTS, attachmentKey(input.TargetId, policy.Id))) {
        throw new AwsError(
          'DuplicatePolicyAttachmentException',
          'The policy is already attached to this target.',
        );
      }
      if (attachedTo(store, input.TargetId).length >= limit(store, QUOTAS.policiesPerTarget)) {
        throw constraint(
          'MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED',
          'The target has the maximum number of policies.',
        );
      }
      attachNow(store, policy.Id, input.TargetId);
      audit('AttachPolicy', caller, { policyId: policy.Id, targetId: input.TargetId });
    },
    DetachPolicy(input: Ref, caller: Caller) {
      policyAt(store, input.PolicyId);
      describeTarget(world, input.TargetId);
      if (!store.get(ATTACHMENTS, attachmentKey(input.TargetId, input.PolicyId))) {
        throw new AwsError(
          'PolicyNotAttachedException',
          "The policy isn't attached to the specified target.",
        );
      }
      if (attachedTo(store, input.TargetId).length === 1) {
        throw constraint(
          'MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED',
          'The last policy of a target cannot go.',
        );
      }
      detachNow(store, input.PolicyId, input.TargetId);
      audit('DetachPolicy', caller, { policyId: input.PolicyId, targetId: input.TargetId });
    },
  };
}

function policyReads(world: World): Record<string, Operation> {
  const { store } = world;
  const show = (policy: OrganizationPolicy) => summary(world, policy);
  return {
    DescribePolicy(input: { PolicyId: string }) {
      const policy = policyAt(store, input.PolicyId);
      return { Policy: { PolicySummary: show(policy), Content: policy.Content } };
    },
    ListPolicies(input: Paged & { Filter: string }) {
      const policies = input.Filter === SCP ? store.values<OrganizationPolicy>(POLICIES) : [];
      const { items, nextToken } = page(
        policies,
        input.NextToken,
        input.MaxResults ?? PAGE,
        'InvalidInputException',
      );
      return { Policies: items.map(show), NextToken: nextToken };
    },
    ListPoliciesForTarget(input: Paged & { TargetId: string; Filter: string }) {
      describeTarget(world, input.TargetId);
      const attached = input.Filter === SCP ? attachedTo(store, input.TargetId) : [];
      const { items, nextToken } = page(
        attached,
        input.NextToken,
        input.MaxResults ?? PAGE,
        'InvalidInputException',
      );
      const policies = items.map(({ PolicyId }) => summary(world, policyAt(store, PolicyId)));
      return { Policies: policies, NextToken: nextToken };
    },
    ListTargetsForPolicy(input: Paged & { PolicyId: string }) {
      const policy = policyAt(store, input.PolicyId);
      const all = store
        .values<PolicyAttachment>(ATTACHMENTS)
        .filter(({ PolicyId }) => PolicyId === policy.Id);
      const { items, nextToken } = page(
        all,
        input.NextToken,
        input.MaxResults ?? PAGE,
        'InvalidInputException',
      );
      return { Targets: items.map(({ TargetId }) => describeTarget(world, TargetId)), NextToken: nextToken };
    },
  };
}

export const constraint = (reason: string, message: string): AwsError =>
  new AwsError('ConstraintViolationException', `${reason}: ${message}`);

/** @throws AwsError when there is no such root, unit or account */
function describeTarget({ store, landingZone }: World, id: string) {
  if (id === landingZone.rootId)
    return { TargetId: id, Arn: rootArn(landingZone), Name: 'Root', Type: 'ROOT' };
  if (store.get(UNITS, id)) {
    return {
      TargetId: id,
      Arn: unitArn(landingZone, id),
      Name: unitAt(store, id).Name,
      Type: 'ORGANIZATIONAL_UNIT',
    };
  }
  if (store.get(ACCOUNTS, id)) {
    return {
      TargetId: id,
      Arn: accountArn(landingZone, id),
      Name: accountAt(store, id).Name,
      Type: 'ACCOUNT',
    };
  }
  throw new AwsError('TargetNotFoundException', "You specified a target that doesn't exist.");
}

function summary({ landingZone: zone }: World, policy: OrganizationPolicy) {
  const type = 'service_control_policy';
  const own = `arn:aws:organizations::${zone.managementAccountId}:policy/${zone.organizationId}/${type}/${policy.Id}`;
  return {
    Id: policy.Id,
    Arn: policy.AwsManaged ? `arn:aws:organizations::aws:policy/${type}/${policy.Id}` : own,
    Name: policy.Name,
    Description: policy.Description ?? '',
    Type: SCP,
    AwsManaged: policy.AwsManaged,
  };
}

function checkName(store: Store, name: string): void {
  if (store.values<OrganizationPolicy>(POLICIES).some((policy) => policy.Name === name)) {
    throw new AwsError('DuplicatePolicyException', 'A policy with the same name already exists.');
  }
}

function checkContent(store: Store, content: string): void {
  const most = limit(store, QUOTAS.policySize);
  if (content.length > most) {
    throw constraint(
      'POLICY_CONTENT_LIMIT_EXCEEDED',
      `You have exceeded the size limit of ${most} characters.`,
    );
  }
  if (!isPolicyDocument(content)) {
    throw new AwsError(
      'MalformedPolicyDocumentException',
      'The provided policy document does not meet the requirements.',
    );
  }
}

function isPolicyDocument(content: string): boolean {
  try {
    const { Version, Statement } = JSON.parse(content) as { Version?: unknown; Statement?: unknown };
    const statements = (Array.isArray(Statement) ? Statement : [Statement]) as Record<string, unknown>[];
    const sound = (statement: Record<string, unknown> | undefined) =>
      (statement?.Effect === 'Deny' || statement?.Effect === 'Allow') &&
      (statement.Action !== undefined) !== (statement.NotAction !== undefined) &&
      statement.Principal === undefined;
    return Version === '2012-10-17' && statements.length > 0 && statements.every(sound);
  } catch {
    return false;
  }
}

import { deepEqual, equal, ok } from 'node:assert/strict';
import { documentOf, listOf } from './ask.ts';
import type { Judge } from './resource-judges.ts';

type RoleProperties = {
  RoleName: string;
  AssumeRolePolicyDocument: unknown;
  MaxSessionDuration?: number;
  ManagedPolicyArns?: string[];
  Policies?: { PolicyName: string; PolicyDocument: unknown }[];
};

/** A role: who may take it and for how long, and everything that it may do. */
export const judgeRole: Judge<RoleProperties> = (ask, planned, RoleName) => {
  equal(RoleName, planned.RoleName);
  const { Role } = ask('iam', 'GetRole', { RoleName });
  deepEqual(documentOf(Role.AssumeRolePolicyDocument), planned.AssumeRolePolicyDocument);
  equal(Role.MaxSessionDuration, planned.MaxSessionDuration ?? 3600);
  const attached = listOf(ask, 'iam', 'ListAttachedRolePolicies', 'AttachedPolicies', { RoleName });
  deepEqual(attached.map(({ PolicyArn }) => PolicyArn).sort(), [...(planned.ManagedPolicyArns ?? [])].sort());
  const inline = ask('iam', 'ListRolePolicies', { RoleName }).PolicyNames;
  deepEqual(
    inline,
    (planned.Policies ?? []).map(({ PolicyName }) => PolicyName),
  );
  for (const { PolicyName, PolicyDocument } of planned.Policies ?? []) {
    const made = ask('iam', 'GetRolePolicy', { RoleName, PolicyName });
    deepEqual(idless(documentOf(made.PolicyDocument)), idless(PolicyDocument));
  }
};

/** A policy may name resources of its stack, whose ids each AWS makes up. */
const idless = (document: unknown): string =>
  JSON.stringify(document, null, 1).replace(/\b(sg)-[0-9a-f]+/g, '$1-*');

type RuleProperties = { Name: string; EventPattern: unknown; State: string; Targets: Target[] };
type Target = { Id: string; Arn: string; RoleArn?: string };

export const judgeEventRule: Judge<RuleProperties> = (ask, planned) => {
  const rule = ask('events', 'DescribeRule', { Name: planned.Name });
  deepEqual(JSON.parse(rule.EventPattern), planned.EventPattern);
  equal(rule.State, planned.State);
  const { Targets } = ask('events', 'ListTargetsByRule', { Rule: planned.Name });
  equal(Targets.length, planned.Targets.length);
  for (const target of planned.Targets) {
    const made = (Targets as Target[]).find(({ Id }) => Id === target.Id);
    ok(made, `no target ${target.Id}`);
    deepEqual({ Arn: made.Arn, RoleArn: made.RoleArn }, { Arn: target.Arn, RoleArn: target.RoleArn });
  }
};

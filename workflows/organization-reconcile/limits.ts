import { QUARANTINE_POLICY_NAME } from '../../services/guardrails/fence.ts';
import { NOT_TOLD_HERE } from '../account-vending/limits.ts';
import { caught } from '../asl/catch.ts';
import { choice, when } from '../asl/choice.ts';
import type { States } from '../asl/definition.ts';
import { expr } from '../asl/expression.ts';
import { firstPage, morePages, pageOf, turnPage } from '../asl/page.ts';
import { whilePassing } from '../asl/retry.ts';
import { sdk } from '../asl/sdk.ts';
import { elseGiveUp, GIVE_UP, part } from './parts.ts';

/** One execution has 25,000 events: reading a policy takes twelve of them, a unit has taken about fifty-eight. */
const EVENTS = 24_000;
const TOO_MANY_POLICIES = `12 * $count($toRead) + 58 * $units > ${EVENTS}`;

/** Every policy by name, and the content of those that bind a unit, one in a part: a message has 256 KiB. */
export const policies: States = {
  'List the policies': sdk('organizations:listPolicies', {
    arguments: pageOf("{'Filter': 'SERVICE_CONTROL_POLICY', 'MaxResults': 20}", { variable: 'page' }),
    retry: whilePassing('organizations'),
    catch: [elseGiveUp],
    assign: {
      listed: expr(
        "[$states.result.Policies.{'Id': Id, 'Name': Name, 'AwsManaged': AwsManaged ? true : false}]",
      ),
      // Attached to accounts only, and still part of the chain that a new account has.
      toRead: expr(
        `[$distinct($append($toRead, $states.result.Policies[Name = '${QUARANTINE_POLICY_NAME}'].Id))]`,
      ),
      ...turnPage('page'),
    },
    next: 'Part: policies',
  }),
  'Part: policies': part('policies', "{'Policies': $listed}", { next: 'More policies?' }),
  'More policies?': choice({
    rules: [
      when(morePages('page'), 'List the policies'),
      when(TOO_MANY_POLICIES, GIVE_UP, {
        failure: {
          error: 'OrganizationTooLarge',
          cause: expr(
            "'One reconcile cannot read ' & $units & ' organizational units and the ' & $count($toRead) & ' policies attached to them.'",
          ),
        },
      }),
    ],
    otherwise: 'Is there a policy to read?',
  }),
  'Is there a policy to read?': choice({
    rules: [
      when('$count($toRead) > 0', 'Read the policy', {
        policyId: expr('$toRead[0]'),
        toRead: expr('[$toRead[[1..$count($toRead)]]]'),
      }),
    ],
    assign: { services: ['organizations', 'controltower'], quotas: [], ...firstPage('page') },
    otherwise: 'List the quotas',
  }),
  'Read the policy': sdk('organizations:describePolicy', {
    arguments: { PolicyId: expr('$policyId') },
    retry: whilePassing('organizations'),
    catch: [elseGiveUp],
    assign: { content: expr('$states.result.Policy.Content') },
    next: 'Part: the policy',
  }),
  'Part: the policy': part('policy', "{'PolicyId': $policyId, 'Content': $content}", {
    next: 'Is there a policy to read?',
  }),
};

/** The limits of Organizations and Control Tower. */
export const quotas: States = {
  'List the quotas': sdk('servicequotas:listServiceQuotas', {
    arguments: pageOf("{'ServiceCode': $services[0], 'MaxResults': 100}", { variable: 'page' }),
    retry: whilePassing('servicequotas'),
    // Those of Organizations are told in us-east-1 alone: the snapshot has none then, and planning says so.
    catch: [caught(NOT_TOLD_HERE, 'Part: quotas'), elseGiveUp],
    assign: {
      quotas: expr(
        "[$append($quotas, $states.result.Quotas.{'QuotaCode': QuotaCode, 'QuotaName': QuotaName, 'Value': Value})]",
      ),
      ...turnPage('page'),
    },
    next: 'More quotas?',
  }),
  'More quotas?': choice({
    rules: [when(morePages('page'), 'List the quotas')],
    otherwise: 'Part: quotas',
  }),
  'Part: quotas': part('quotas', "{'ServiceCode': $services[0], 'Quotas': $quotas}", {
    assign: { services: expr('[$services[1]]'), quotas: [] },
    next: 'Another service?',
  }),
  'Another service?': choice({
    rules: [when('$count($services) > 0', 'List the quotas')],
    otherwise: 'Look for Account Factory',
  }),
};

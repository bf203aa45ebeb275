import { choice, when } from '../asl/choice.ts';
import type { States } from '../asl/definition.ts';
import type { Desk } from '../asl/desk.ts';
import { expr } from '../asl/expression.ts';
import { firstPage, morePages, pageOf, turnPage } from '../asl/page.ts';
import { whileRoleSpreads } from '../asl/retry.ts';
import { sdk } from '../asl/sdk.ts';
import { asJetway } from './messages.ts';

/** Nobody but CloudFormation writes a tag that begins with `aws:`. A VPC that others share with the account is theirs. */
const OWN_VPCS = `$states.result.Vpcs[OwnerId = $accountId].(
  $stack := Tags[Key = 'aws:cloudformation:stack-id'].Value;
  {'id': VpcId, 'cidr': CidrBlock, 'isDefault': IsDefault = true, 'stackId': $exists($stack) ? $stack[0] : ''})`;

const UNPLANNED = '$vpcs[$not(stackId in $stackIds)]';

const IN_WORDS = `$join(${UNPLANNED}.(id & ' (' & cidr
  & (isDefault ? ', a default VPC' : stackId = '' ? ', of no stack' : ', of ' & $split(stackId, '/')[1]) & ')'), ', ')`;

const EVIDENCE = `$count($vpcs) = 0 ? 'the account has no VPC there'
  : $join($vpcs.(id & ' (' & cidr & ') of ' & $split(stackId, '/')[1]), ', ')`;

/** Home speaks for itself alone: the calls of a state machine do not cross Regions. */
const VERIFIED = `[$append($verified, $append(
  {'kind': 'network', 'name': 'vpcs', 'region': $region, 'status': 'AS_PLANNED', 'evidence': ${EVIDENCE}},
  [$distinct($plan.components.region)[$ != $region].{'kind': 'network', 'name': 'vpcs', 'region': $,
    'status': 'NOT_READ',
    'evidence': 'the workflow reads VPCs in the home Region only'}]))]`;

/** Set before the first page. */
export const BEGIN_VPCS = { vpcs: [], ...firstPage('page') };

/**
 * Every VPC of the account in the home Region was made by a stack of the plan: neither the default one is left nor has
 * Account Factory made one of its own. Needs `$stackIds`; begin with BEGIN_VPCS.
 */
export const readVpcs = (next: string, { elseStop, failed, stopping }: Desk<'verify'>): States => ({
  'Read the VPCs': sdk('ec2:describeVpcs', {
    as: asJetway,
    arguments: pageOf("{'MaxResults': 100}", { variable: 'page' }),
    retry: whileRoleSpreads(),
    catch: [elseStop('verify')],
    assign: { vpcs: expr(`[$append($vpcs, ${OWN_VPCS})]`), ...turnPage('page') },
    next: 'Is every VPC planned?',
  }),
  'Is every VPC planned?': choice({
    rules: [
      when(morePages('page'), 'Read the VPCs'),
      when(`$count(${UNPLANNED}) = 0`, next, { verified: expr(VERIFIED) }),
    ],
    assign: failed(
      'verify',
      'UnplannedVpc',
      `$substring('Account ' & $accountId & ' has in ' & $region & ' what no stack of the plan has made: ' & ${IN_WORDS} & '.', 0, 1500)`,
    ),
    otherwise: stopping,
  }),
});

import { choice, when } from '../asl/choice.ts';
import type { MapState, States } from '../asl/definition.ts';
import type { Desk } from '../asl/desk.ts';
import { expr } from '../asl/expression.ts';
import { fail } from '../asl/fail.ts';
import { forEach } from '../asl/map.ts';
import { pass } from '../asl/pass.ts';
import { whileRoleSpreads } from '../asl/retry.ts';
import { sdk } from '../asl/sdk.ts';
import { trustOf } from '../blueprints/role-trust.ts';
import { asJetway } from './messages.ts';

const PLANNED = "$states.input.trust.$replace($, '{accountId}', $accountId)";

const oneRole: States = {
  'Read the role': sdk('iam:getRole', {
    as: asJetway,
    arguments: { RoleName: expr('$states.input.name') },
    retry: whileRoleSpreads(),
    assign: {
      role: expr('$states.input.name'),
      planned: expr(`[${PLANNED}]`),
      // IAM gives the document URL-encoded.
      trust: expr(
        `($document := $parse($decodeUrlComponent($states.result.Role.AssumeRolePolicyDocument));
          ${trustOf('$document')})`,
      ),
    },
    next: 'Does the role let in whom it should?',
  }),
  'Does the role let in whom it should?': choice({
    rules: [
      when(
        '$count($trust[$not($ in $planned)]) = 0 and $count($planned[$not($ in $trust)]) = 0',
        'The role lets in whom it should',
      ),
    ],
    otherwise: 'The role lets in others',
  }),
  'The role lets in others': fail(
    'RoleTrustDiffers',
    "$substring('Role ' & $role & ' lets in ' & ($count($trust) > 0 ? $join($trust, '; ') : 'nobody') & '. The plan says '\n" +
      "      & $join($planned, '; ') & '. Mend its trust, then resume.', 0, 1500)",
  ),
  'The role lets in whom it should': pass({
    output: {
      kind: 'role',
      name: expr('$role'),
      region: 'global',
      status: 'TRUST_AS_PLANNED',
      evidence: expr("$substring('lets in ' & $join($trust, '; '), 0, 1500)"),
    },
  }),
};

/** Whom the roles of the planned stacks let in, exactly: nobody more, nobody else. */
export const readRoles = (next: string, { elseStop }: Desk<'verify'>): MapState =>
  forEach('[$plan.components.readBack.roles]', {
    comment: 'A role that lets somebody else in is a way around everything else.',
    atOnce: 5,
    startAt: 'Read the role',
    states: oneRole,
    catch: [elseStop('verify')],
    assign: { verified: expr('[$append($verified, $states.result)]') },
    next,
  });

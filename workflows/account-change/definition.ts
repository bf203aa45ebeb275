import { BEGIN_ENFORCED, readEnforced } from '../account-vending/enforced.ts';
import { readInherited, readRules } from '../account-vending/guardrails.ts';
import { vendAsk, vendFact } from '../account-vending/messages.ts';
import { verify } from '../account-vending/verify.ts';
import { when } from '../asl/choice.ts';
import type { Definition } from '../asl/definition.ts';
import { machine } from '../asl/machine.ts';
import { approvalStage, confirmStage, endsUnchanged, repairStage } from '../change/stages.ts';
import { accountChecks } from './account.ts';
import { blueprint } from './blueprint.ts';
import { done } from './done.ts';
import { DESK } from './failures.ts';
import { attached, guardrails } from './guardrails.ts';
import { preview } from './preview.ts';
import { recheckPolicies } from './recheck.ts';
import { start } from './start.ts';

const change = { desk: DESK, ask: vendAsk, fact: vendFact };

/** From an approved plan to an account that is what the plan says. Nobody is fenced: the account is in use. */
export const accountChange: Definition = machine({
  comment:
    'Changes one account: preview, approve, recheck, confirm, change sets, new policies before old ones go, verify. Past the point of no return it ends ACTIVE, waits half-way for a person, or is given up.',
  startAt: 'Read the input',
  stages: [
    start,
    accountChecks('before the preview', { step: 'preview', next: 'Preview the execution role' }),
    preview,
    approvalStage(change, 'Read the account again'),
    accountChecks('again', { step: 'recheck', next: 'Read the quotas' }),
    recheckPolicies,
    confirmStage(change, { data: {}, next: 'Change the execution role' }),
    blueprint,
    guardrails,
    readRules(DESK),
    readInherited(DESK),
    attached,
    verify(DESK, { fenced: false, next: 'List the policies of the account', assign: BEGIN_ENFORCED }),
    readEnforced(DESK, 'Say that the account is changed'),
    done,
    repairStage(change, {
      stopped: {},
      resume: {
        rules: [
          when("$failedStep = 'verify'", 'Read the stacks again'),
          when("$failedStep = 'guardrails'", 'Attach the preventive guardrails'),
        ],
        otherwise: 'Change the execution role',
      },
      giveUp: true,
    }),
    endsUnchanged(change),
  ],
});

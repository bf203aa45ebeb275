import { FULL_AWS_ACCESS_ID } from '../../services/guardrails/evaluate.ts';
import { choice, when } from '../asl/choice.ts';
import type { States } from '../asl/definition.ts';
import { expr } from '../asl/expression.ts';
import { firstPage, morePages, pageOf, turnPage } from '../asl/page.ts';
import { whilePassing } from '../asl/retry.ts';
import { sdk } from '../asl/sdk.ts';
import { registration } from '../control-tower.ts';
import { elseGiveUp, GIVE_UP, part } from './parts.ts';

/** One execution has 25,000 events; a unit takes about fifty, and a page of accounts seven. */
const MAX_UNITS = 350;
/** Accounts in one part: a message has 256 KiB. */
const ACCOUNTS_IN_PART = 200;

/** The tree, breadth first: what is attached to each unit, what is enabled on it, what is in it. */
export const units: States = {
  'Is there another unit?': choice({
    rules: [
      when('$count($queue) = 0', 'List the catalogue of controls', firstPage('page')),
      when(`$units >= ${MAX_UNITS}`, GIVE_UP, {
        failure: {
          error: 'OrganizationTooLarge',
          cause: `One reconcile reads at most ${MAX_UNITS} organizational units.`,
        },
      }),
    ],
    assign: {
      unit: expr('$queue[0]'),
      queue: expr('[$queue[[1..$count($queue)]]]'),
      units: expr('$units + 1'),
      attached: [],
      baseline: null,
      controls: [],
      accounts: [],
      ...firstPage('page'),
    },
    otherwise: "List the unit's policies",
  }),
  "List the unit's policies": sdk('organizations:listPoliciesForTarget', {
    arguments: pageOf("{'TargetId': $unit.Id, 'Filter': 'SERVICE_CONTROL_POLICY', 'MaxResults': 20}", {
      variable: 'page',
    }),
    retry: whilePassing('organizations'),
    catch: [elseGiveUp],
    assign: {
      attached: expr("[$append($attached, $states.result.Policies.{'Id': Id, 'Name': Name})]"),
      ...turnPage('page'),
    },
    next: 'More policies of the unit?',
  }),
  'More policies of the unit?': choice({
    comment: 'The root cannot be registered and carries no controls.',
    rules: [
      when(morePages('page'), "List the unit's policies"),
      when('$unit.ParentId = null', 'Part: the unit'),
    ],
    otherwise: "Read the unit's baseline",
  }),
  "Read the unit's baseline": sdk('controltower:listEnabledBaselines', {
    arguments: { Filter: { TargetIdentifiers: [expr('$unit.Arn')] } },
    retry: whilePassing('controltower'),
    catch: [elseGiveUp],
    assign: { baseline: expr(registration('null')) },
    next: "List the unit's controls",
  }),
  "List the unit's controls": sdk('controltower:listEnabledControls', {
    arguments: pageOf("{'TargetIdentifier': $unit.Arn, 'MaxResults': 100}", { variable: 'page' }),
    retry: whilePassing('controltower'),
    catch: [elseGiveUp],
    assign: {
      controls: expr(
        `[$append($controls, $states.result.EnabledControls.{'arn': Arn, 'controlIdentifier': ControlIdentifier,
          'status': StatusSummary.Status})]`,
      ),
      ...turnPage('page'),
    },
    next: 'More controls of the unit?',
  }),
  'More controls of the unit?': choice({
    rules: [when(morePages('page'), "List the unit's controls")],
    otherwise: 'Part: the unit',
  }),
  'Part: the unit': part(
    'unit',
    "$merge([$unit, {'Policies': $attached, 'Baseline': $baseline, 'EnabledControls': $controls}])",
    {
      assign: {
        toRead: expr(`[$distinct($append($toRead, $attached[Id != '${FULL_AWS_ACCESS_ID}'].Id))]`),
        ...firstPage('page'),
      },
      next: "List the unit's accounts",
    },
  ),
  "List the unit's accounts": sdk('organizations:listAccountsForParent', {
    arguments: pageOf("{'ParentId': $unit.Id, 'MaxResults': 20}", { variable: 'page' }),
    retry: whilePassing('organizations'),
    catch: [elseGiveUp],
    assign: {
      accounts: expr(
        `[$append($accounts, $states.result.Accounts.{'Id': Id, 'Name': Name, 'Email': Email, 'State': State,
          'JoinedTimestamp': JoinedTimestamp})]`,
      ),
      ...turnPage('page'),
    },
    next: 'More accounts of the unit?',
  }),
  'More accounts of the unit?': choice({
    rules: [
      when(`${morePages('page')} and $count($accounts) < ${ACCOUNTS_IN_PART}`, "List the unit's accounts"),
      when('$count($accounts) > 0', 'Part: accounts'),
    ],
    assign: firstPage('page'),
    otherwise: 'List the units below',
  }),
  'Part: accounts': part('accounts', "{'ParentId': $unit.Id, 'Accounts': $accounts}", {
    assign: { accounts: [] },
    next: 'Are there accounts left?',
  }),
  'Are there accounts left?': choice({
    rules: [when(morePages('page'), "List the unit's accounts")],
    assign: firstPage('page'),
    otherwise: 'List the units below',
  }),
  'List the units below': sdk('organizations:listOrganizationalUnitsForParent', {
    arguments: pageOf("{'ParentId': $unit.Id, 'MaxResults': 20}", { variable: 'page' }),
    retry: whilePassing('organizations'),
    catch: [elseGiveUp],
    assign: {
      queue: expr(
        `[$append($queue, $states.result.OrganizationalUnits.{'Id': Id, 'Arn': Arn, 'Name': Name, 'ParentId': $unit.Id,
          'Path': $unit.Path = '' ? Name : $unit.Path & '/' & Name})]`,
      ),
      ...turnPage('page'),
    },
    next: 'More units below?',
  }),
  'More units below?': choice({
    rules: [when(morePages('page'), 'List the units below')],
    otherwise: 'Is there another unit?',
  }),
};

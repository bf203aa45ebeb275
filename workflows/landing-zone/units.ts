import { choice, when } from '../asl/choice.ts';
import type { States } from '../asl/definition.ts';
import { expr } from '../asl/expression.ts';
import { fail } from '../asl/fail.ts';
import { forEach } from '../asl/map.ts';
import { firstPage, morePages, pageOf, turnPage } from '../asl/page.ts';
import { whilePassing } from '../asl/retry.ts';
import { sdk } from '../asl/sdk.ts';

/** One execution has 25,000 events; a unit takes about thirty. */
const MAX_UNITS = 350;

const baselines: States = {
  'List the baselines': sdk('controltower:listBaselines', {
    retry: whilePassing('controltower'),
    assign: {
      baselineArn: expr("$states.result.Baselines[Name = 'AWSControlTowerBaseline'].Arn"),
      identityBaselineArn: expr(
        "$append([], [$states.result.Baselines[Name = 'IdentityCenterBaseline'].Arn, ''])[0]",
      ),
    },
    next: 'List the registrations',
  }),
  'List the registrations': sdk('controltower:listEnabledBaselines', {
    comment: 'Without a filter: a registered unit is the target of the baseline.',
    arguments: pageOf("{'MaxResults': 100}", { variable: 'page' }),
    retry: whilePassing('controltower'),
    assign: {
      registrations: expr(
        `[$append($registrations, $states.result.EnabledBaselines[BaselineIdentifier = $baselineArn].{'target': TargetIdentifier,
          'status': StatusSummary.Status, 'version': BaselineVersion})]`,
      ),
      identityBaseline: expr(
        `($own := $states.result.EnabledBaselines[BaselineIdentifier = $identityBaselineArn];
          $exists($own) ? $own[0].Arn : $identityBaseline)`,
      ),
      ...turnPage('page'),
    },
    next: 'More registrations?',
  }),
  'More registrations?': choice({
    rules: [when(morePages('page'), 'List the registrations')],
    otherwise: 'Is there another unit?',
  }),
};

/** The tree, breadth first; whether there are accounts in each, and of those that the file names what is enabled on them. */
export const units: States = {
  ...baselines,
  'Is there another unit?': choice({
    rules: [
      when('$count($queue) = 0', 'List the policies', { found: [], ...firstPage('page') }),
      when(`$count($units) >= ${MAX_UNITS}`, 'The organization is too large'),
    ],
    assign: {
      unit: expr('$queue[0]'),
      queue: expr('[$queue[[1..$count($queue)]]]'),
      controls: [],
      accountCount: 0,
      ...firstPage('page'),
    },
    otherwise: 'List the units below',
  }),
  'The organization is too large': fail(
    'OrganizationTooLarge',
    `'One run reads at most ${MAX_UNITS} organizational units.'`,
  ),
  'List the units below': sdk('organizations:listOrganizationalUnitsForParent', {
    arguments: pageOf("{'ParentId': $unit.id, 'MaxResults': 20}", { variable: 'page' }),
    retry: whilePassing('organizations'),
    assign: {
      queue: expr(
        `[$append($queue, $states.result.OrganizationalUnits.{'id': Id, 'arn': Arn, 'name': Name, 'parentId': $unit.id,
          'path': $unit.path = '' ? Name : $unit.path & '/' & Name})]`,
      ),
      ...turnPage('page'),
    },
    next: 'More units below?',
  }),
  'More units below?': choice({
    rules: [
      when(morePages('page'), 'List the units below'),
      when("$unit.path = ''", 'Keep the unit', { read: [] }),
      when('$unit.path in $watch.units', "List the unit's controls"),
    ],
    assign: { read: [], ...firstPage('page') },
    otherwise: "List the unit's accounts",
  }),
  "List the unit's controls": sdk('controltower:listEnabledControls', {
    arguments: pageOf("{'TargetIdentifier': $unit.arn, 'MaxResults': 100}", { variable: 'page' }),
    retry: whilePassing('controltower'),
    assign: {
      controls: expr(
        `[$append($controls, $states.result.EnabledControls.{'arn': Arn, 'identifier': ControlIdentifier,
          'status': StatusSummary.Status})]`,
      ),
      ...turnPage('page'),
    },
    next: 'More controls of the unit?',
  }),
  'More controls of the unit?': choice({
    rules: [when(morePages('page'), "List the unit's controls")],
    assign: firstPage('page'),
    otherwise: 'Read the parameters',
  }),
  'Read the parameters': forEach(
    `[$controls[identifier in $append($watch.parameters, $controlArns[id in $watch.parameters].arn)].arn]`,
    {
      comment: 'The list of controls has none.',
      atOnce: 3,
      startAt: 'Read the parameters of one',
      states: {
        'Read the parameters of one': {
          ...sdk('controltower:getEnabledControl', {
            arguments: { EnabledControlIdentifier: expr('$states.input') },
            retry: whilePassing('controltower'),
          }),
          Output: expr(
            `{'arn': $states.result.EnabledControlDetails.Arn,
            'parameters': [$states.result.EnabledControlDetails.Parameters.{'key': Key, 'value': Value}]}`,
          ),
        },
      },
      assign: { read: expr('[$states.result]') },
      next: "List the unit's accounts",
    },
  ),
  "List the unit's accounts": sdk('organizations:listAccountsForParent', {
    arguments: pageOf("{'ParentId': $unit.id, 'MaxResults': 20}", { variable: 'page' }),
    retry: whilePassing('organizations'),
    assign: {
      accountCount: expr('$accountCount + $count($states.result.Accounts)'),
      ...turnPage('page'),
    },
    next: 'Has the unit accounts?',
  }),
  'Has the unit accounts?': choice({
    comment: 'A page may be empty and not be the last.',
    rules: [when(`${morePages('page')} and $accountCount = 0`, "List the unit's accounts")],
    otherwise: 'Keep the unit',
  }),
  'Keep the unit': {
    Type: 'Pass',
    Assign: {
      units: expr(
        `[$append($units, $merge([$unit, {
          'baseline': $append([$registrations[target = $unit.arn].status], 'NONE')[0],
          'controls': [$controls.($c := $; $p := $read[arn = $c.arn]; $exists($p) ? $merge([$c, {'parameters': [$p.parameters]}]) : $c)],
          'accounts': $accountCount}]))]`,
      ),
    },
    Output: {},
    Next: 'Is there another unit?',
  },
};

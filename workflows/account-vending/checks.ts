import { choice, when } from '../asl/choice.ts';
import type { Assign, Catcher, MapState, States } from '../asl/definition.ts';
import { expr } from '../asl/expression.ts';
import { fail } from '../asl/fail.ts';
import { forEach } from '../asl/map.ts';
import { pass } from '../asl/pass.ts';
import { whileRoleSpreads } from '../asl/retry.ts';
import { sdk } from '../asl/sdk.ts';
import { wait } from '../asl/wait.ts';
import { IDENTITY_COMPONENT } from '../blueprints/permission-sets.ts';
import { asJetway } from './messages.ts';

type CheckOptions = {
  comment: string;
  label: string;
  /** How often what does not hold is looked at again; 0 for a last look. */
  patience: number;
  catch: readonly Catcher[];
  assign: Assign;
  next: string;
};

type Names = (name: string) => string;

/**
 * What Control Tower manages is not made a second time but proven: the organization trail logs, the recorder
 * records. Ends with `{ name, mode, status, evidence }` for each component of mode `verify`.
 */
export const proveManaged = (options: CheckOptions): MapState => {
  const named = (name: string) => `${name} (${options.label})`;
  const again = named(options.patience > 0 ? 'Look once more?' : 'It does not hold');
  // Identity Center comes last, after the account is active; its own step reads it back.
  return forEach(`[$plan.components[mode = 'verify' and name != '${IDENTITY_COMPONENT}']]`, {
    comment: options.comment,
    atOnce: 2,
    startAt: named('Take the check'),
    states: {
      ...take(named),
      ...trail(named, again),
      ...recorder(named),
      ...conclude(named, again, options.patience),
    },
    catch: options.catch,
    assign: options.assign,
    next: options.next,
  });
};

const take = (named: Names): States => ({
  [named('Take the check')]: pass({
    assign: { check: expr('$states.input'), checks: 0, evidence: expr("''") },
    next: named('What is to be proven?'),
  }),
  [named('What is to be proven?')]: choice({
    rules: [
      when("$check.name = 'cloudtrail'", named('Read the trails')),
      when("$check.name = 'config'", named('Read the recorders')),
    ],
    assign: { evidence: 'nobody knows how to prove it' },
    otherwise: named('It does not hold'),
  }),
});

const trail = (named: Names, again: string): States => ({
  [named('Read the trails')]: sdk('cloudtrail:describeTrails', {
    as: asJetway,
    arguments: { IncludeShadowTrails: true },
    retry: whileRoleSpreads(),
    assign: {
      trailArn: expr(
        `($t := $states.result.TrailList[IsOrganizationTrail and IsMultiRegionTrail and LogFileValidationEnabled];
          $exists($t) ? $t[0].TrailARN : '')`,
      ),
      evidence: 'no multi-Region organization trail with log file validation',
    },
    next: named('Is there an organization trail?'),
  }),
  [named('Is there an organization trail?')]: choice({
    rules: [when("$trailArn != ''", named("Read the trail's status"))],
    otherwise: again,
  }),
  [named("Read the trail's status")]: sdk('cloudtrail:getTrailStatus', {
    as: asJetway,
    arguments: { Name: expr('$trailArn') },
    retry: whileRoleSpreads(),
    assign: {
      holds: expr('$states.result.IsLogging = true'),
      evidence: expr("$trailArn & ($states.result.IsLogging = true ? ' is logging' : ' is not logging')"),
    },
    next: named('Does it hold?'),
  }),
});

const recorder = (named: Names): States => ({
  [named('Read the recorders')]: sdk('config:describeConfigurationRecorders', {
    as: asJetway,
    retry: whileRoleSpreads(),
    assign: { recorders: expr('$count($states.result.ConfigurationRecorders)') },
    next: named("Read the recorder's status"),
  }),
  [named("Read the recorder's status")]: sdk('config:describeConfigurationRecorderStatus', {
    as: asJetway,
    retry: whileRoleSpreads(),
    assign: {
      recording: expr('$count($states.result.ConfigurationRecordersStatus[Recording = true]) > 0'),
    },
    next: named('Read the delivery channels'),
  }),
  [named('Read the delivery channels')]: sdk('config:describeDeliveryChannels', {
    as: asJetway,
    retry: whileRoleSpreads(),
    assign: {
      holds: expr('$recorders > 0 and $recording and $count($states.result.DeliveryChannels) > 0'),
      evidence: expr(
        `$string($recorders) & ' recorder, ' & ($recording ? 'recording' : 'not recording') & ', '
          & $count($states.result.DeliveryChannels) & ' delivery channel'`,
      ),
    },
    next: named('Does it hold?'),
  }),
});

const conclude = (named: Names, again: string, patience: number): States => ({
  [named('Does it hold?')]: choice({ rules: [when('$holds', named('It holds'))], otherwise: again }),
  ...(patience > 0 ? lookAgain(named, patience) : {}),
  [named('It does not hold')]: fail('NotConfirmed', "$check.name & ': ' & $evidence"),
  [named('It holds')]: pass({
    output: {
      name: expr('$check.name'),
      mode: 'verify',
      status: 'VERIFIED',
      evidence: expr('$evidence'),
    },
  }),
});

const lookAgain = (named: Names, patience: number): States => ({
  [named('Look once more?')]: choice({
    rules: [when(`$checks < ${patience}`, named('Wait and look'), { checks: expr('$checks + 1') })],
    otherwise: named('It does not hold'),
  }),
  [named('Wait and look')]: wait(30, { next: named('What is to be proven?') }),
});

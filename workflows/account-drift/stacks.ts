import { CAUGHT_ERROR, caught, otherwise } from '../asl/catch.ts';
import { choice, when } from '../asl/choice.ts';
import type { Assign, Catcher, Expression, MapState, States, Template } from '../asl/definition.ts';
import { expr } from '../asl/expression.ts';
import { forEach } from '../asl/map.ts';
import { firstPage, morePages, pageOf, turnPage } from '../asl/page.ts';
import { pass } from '../asl/pass.ts';
import { whileRoleSpreads } from '../asl/retry.ts';
import { sdk } from '../asl/sdk.ts';
import { undeclared } from '../asl/services.ts';
import { wait } from '../asl/wait.ts';

/** A stack that is not there, a throttled call and a refused one all have this name; the Cause tells them apart. */
const UNDECLARED = undeclared('cloudformation');
const DETECTABLE = "['CREATE_COMPLETE', 'UPDATE_COMPLETE', 'IMPORT_COMPLETE', 'UPDATE_ROLLBACK_COMPLETE']";

/** Tries in a row that fail. */
const MAX_TRIES = 5;
const MAX_POLLS = 120;
/** A message has 256 KiB: of each stack the first resources, of each resource the first properties, cut short. */
const RESOURCES = 10;
const PROPERTIES = 3;
const LETTERS = 200;

type Names = (name: string) => string;
type DriftOptions = {
  label: string;
  /** JSONata code of the stacks of the input. */
  items: string;
  as: Expression;
  catch: readonly Catcher[];
  assign: Assign;
  next: string;
};

/** Has CloudFormation compare each stack with what the account has. Ends with one finding for each. */
export const detectDrift = (options: DriftOptions): MapState => {
  const named: Names = (name) => `${name} (${options.label})`;
  return forEach(options.items, {
    atOnce: 5,
    startAt: named('Take the stack'),
    states: { ...look(named, options.as), ...detect(named, options.as), ...ends(named) },
    catch: options.catch,
    assign: options.assign,
    next: options.next,
  });
};

/** Once more, or it is not known. */
const again = (named: Names, why: string): States[string] =>
  choice({
    rules: [
      when(`$tries < ${MAX_TRIES}`, named('Wait and look again'), {
        tries: expr('$tries + 1'),
        why: expr(why),
      }),
    ],
    assign: { why: expr(why) },
    otherwise: named('The stack is not known'),
  });

const look = (named: Names, as: Expression): States => ({
  [named('Take the stack')]: pass({
    assign: {
      stack: expr('$states.input'),
      seen: { status: expr("''"), digest: expr("''") },
      detection: { status: expr("''"), drift: expr("''"), why: expr("''") },
      detectionId: expr("''"),
      detections: [],
      why: expr("''"),
      tries: 0,
      polls: 0,
      resources: [],
      ...firstPage('driftPage'),
    },
    next: named('Read the stack'),
  }),
  [named('Read the stack')]: sdk('cloudformation:describeStacks', {
    as,
    arguments: { StackName: expr('$stack.stackName') },
    retry: whileRoleSpreads([UNDECLARED]),
    catch: [
      caught([UNDECLARED], named('Is there no stack?'), { refusal: CAUGHT_ERROR }),
      otherwise(named('The stack is not known'), {
        why: expr(
          "$states.errorOutput.Error & ' ' & ($exists($states.errorOutput.Cause) ? $states.errorOutput.Cause : '')",
        ),
      }),
    ],
    assign: {
      seen: expr(`($s := $states.result.Stacks[0]; $d := $s.Tags[Key = 'jetway:template-digest'].Value;
        {'status': $s.StackStatus, 'digest': $exists($d) ? $d[0] : ''})`),
    },
    next: named('Can it be compared?'),
  }),
  [named('Is there no stack?')]: choice({
    rules: [when("$contains($refusal.cause, 'does not exist')", named('The stack is missing'))],
    otherwise: named('Was it refused too often?'),
  }),
  [named('Was it refused too often?')]: again(named, "$refusal.error & ': ' & $refusal.cause"),
  [named('Wait and look again')]: wait(15, { next: named('Read the stack') }),
  [named('Can it be compared?')]: choice({
    rules: [
      when(`$seen.status in ${DETECTABLE}`, named('Detect drift')),
      when("$seen.status = 'DELETE_COMPLETE'", named('The stack is missing')),
      when("$contains($seen.status, 'IN_PROGRESS')", named('Is it busy too long?')),
    ],
    otherwise: named('The stack is broken'),
  }),
  [named('Is it busy too long?')]: again(named, "'The stack is ' & $seen.status & '.'"),
});

const DIFFERENCES = `[$append($resources, $states.result.StackResourceDrifts.{
  'logicalId': LogicalResourceId,
  'physicalId': $exists(PhysicalResourceId) ? PhysicalResourceId : '',
  'resourceType': ResourceType,
  'difference': StackResourceDriftStatus,
  'properties': [PropertyDifferences[[0..${PROPERTIES - 1}]].{'path': PropertyPath, 'change': DifferenceType,
    'expected': $substring(ExpectedValue, 0, ${LETTERS}), 'actual': $substring(ActualValue, 0, ${LETTERS})}],
  'changes': $count(PropertyDifferences)
})]`;

const detect = (named: Names, as: Expression): States => {
  const refused = caught([UNDECLARED], named('Was it refused too often?'), { refusal: CAUGHT_ERROR });
  return {
    [named('Detect drift')]: sdk('cloudformation:detectStackDrift', {
      comment: 'One detection at a time: somebody else may have asked for one.',
      as,
      arguments: { StackName: expr('$stack.stackName') },
      retry: whileRoleSpreads([UNDECLARED]),
      catch: [refused],
      assign: {
        detectionId: expr('$states.result.StackDriftDetectionId'),
        detections: expr('[$append($detections, $states.result.StackDriftDetectionId)]'),
        polls: 0,
      },
      next: named('Wait for the detection'),
    }),
    [named('Wait for the detection')]: wait(10, { next: named('Read the detection') }),
    [named('Read the detection')]: sdk('cloudformation:describeStackDriftDetectionStatus', {
      as,
      arguments: { StackDriftDetectionId: expr('$detectionId') },
      retry: whileRoleSpreads([UNDECLARED]),
      catch: [refused],
      assign: {
        detection: expr(`{'status': $states.result.DetectionStatus,
          'drift': $exists($states.result.StackDriftStatus) ? $states.result.StackDriftStatus : '',
          'why': $exists($states.result.DetectionStatusReason) ? $states.result.DetectionStatusReason : ''}`),
      },
      next: named('Has it drifted?'),
    }),
    [named('Has it drifted?')]: choice({
      comment: 'A detection that failed for one resource has still looked at the others.',
      rules: [
        when(
          `$detection.status = 'DETECTION_IN_PROGRESS' and $polls < ${MAX_POLLS}`,
          named('Wait for the detection'),
          { polls: expr('$polls + 1') },
        ),
        when(
          "$detection.status = 'DETECTION_COMPLETE' and $detection.drift = 'IN_SYNC'",
          named('The stack was compared'),
        ),
        when("$detection.status != 'DETECTION_IN_PROGRESS'", named('Read what has drifted')),
      ],
      assign: { why: expr("'CloudFormation does not come to an end with the detection.'") },
      otherwise: named('The stack is not known'),
    }),
    [named('Read what has drifted')]: sdk('cloudformation:describeStackResourceDrifts', {
      as,
      arguments: pageOf(
        "{'StackName': $stack.stackName, 'StackResourceDriftStatusFilters': ['MODIFIED', 'DELETED'], 'MaxResults': 50}",
        { variable: 'driftPage' },
      ),
      retry: whileRoleSpreads([UNDECLARED]),
      catch: [refused],
      assign: { resources: expr(DIFFERENCES), ...turnPage('driftPage') },
      next: named('Has more drifted?'),
    }),
    [named('Has more drifted?')]: choice({
      rules: [when(morePages('driftPage'), named('Read what has drifted'))],
      otherwise: named('The stack was compared'),
    }),
  };
};

const found = (state: string, more: Record<string, Template> = {}) =>
  pass({
    output: {
      name: expr('$stack.name'),
      stackName: expr('$stack.stackName'),
      planned: expr('$stack.templateDigest'),
      state,
      status: expr('$seen.status'),
      digest: expr('$seen.digest'),
      resources: [],
      changed: 0,
      why: expr("''"),
      detections: expr('[$detections]'),
      ...more,
    },
  });

const ends = (named: Names): States => ({
  [named('The stack is missing')]: found('MISSING'),
  [named('The stack is broken')]: found('BROKEN'),
  [named('The stack is not known')]: found('UNKNOWN', { why: expr('$substring($why, 0, 1000)') }),
  [named('The stack was compared')]: found(
    expr("$detection.status = 'DETECTION_FAILED' ? 'PARTLY_COMPARED' : 'COMPARED'"),
    {
      resources: expr(`[$resources[[0..${RESOURCES - 1}]]]`),
      changed: expr('$count($resources)'),
      why: expr('$substring($detection.why, 0, 1000)'),
    },
  ),
});

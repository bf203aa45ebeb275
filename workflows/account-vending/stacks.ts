import { CAUGHT_ERROR, caught, otherwise } from '../asl/catch.ts';
import { choice, when } from '../asl/choice.ts';
import type { Assign, Catcher, Expression, MapState, States } from '../asl/definition.ts';
import { expr } from '../asl/expression.ts';
import { fail } from '../asl/fail.ts';
import { forEach } from '../asl/map.ts';
import { pass } from '../asl/pass.ts';
import { whileRoleSpreads } from '../asl/retry.ts';
import { sdk } from '../asl/sdk.ts';
import { undeclared } from '../asl/services.ts';
import { growing, wait } from '../asl/wait.ts';
import { otherParameters } from './planned-facts.ts';

/** A stack that is not there, a throttled call and a refused one all have this name; the Cause tells them apart. */
export const UNDECLARED = undeclared('cloudformation');

export const WHOLE = "['CREATE_COMPLETE', 'UPDATE_COMPLETE', 'IMPORT_COMPLETE']";
export const UPDATABLE =
  "['CREATE_COMPLETE', 'UPDATE_COMPLETE', 'IMPORT_COMPLETE', 'UPDATE_ROLLBACK_COMPLETE']";
const REMOVABLE =
  "['ROLLBACK_COMPLETE', 'CREATE_FAILED', 'ROLLBACK_FAILED', 'DELETE_FAILED', 'REVIEW_IN_PROGRESS']";

/** Refused or unclear writes of one stack. */
const MAX_TRIES = 5;
/** Reads in a row that fail. */
const MAX_READS = 8;
const MAX_POLLS = 240;

/** A stack before it is read. */
export const UNREAD = {
  id: expr("''"),
  status: 'UNKNOWN',
  reason: expr("''"),
  digest: expr("''"),
  otherParameters: [],
};

/** The stack as it was read, beside `$component`. */
export const STACK = `($s := $states.result.Stacks[0]; $d := $s.Tags[Key = 'jetway:template-digest'].Value;
  {'id': $s.StackId, 'status': $s.StackStatus,
   'reason': $exists($s.StackStatusReason) ? $s.StackStatusReason : '', 'digest': $exists($d) ? $d[0] : '',
   'otherParameters': ${otherParameters('$s.Parameters', '$component')}})`;

const FAILED_AFTER_WRITE = `($wrote = 'create' and $stack.status in ${REMOVABLE}
  or $wrote = 'update' and $contains($stack.status, /ROLLBACK_COMPLETE|FAILED/)
  or $wrote = 'delete' and $stack.status = 'DELETE_FAILED')`;

type StackOptions = {
  comment: string;
  /** Tells the states of one use from those of another. */
  label: string;
  /** JSONata code of the plan's components. */
  items: string;
  as: Expression;
  catch: readonly Catcher[];
  assign?: Assign;
  next: string;
};

/** Components of the plan that are stacks of the home Region. @param of JSONata condition on a component */
export const stacksOf = (of: string): string =>
  `[$plan.components[mode = 'deploy' and $not($exists(stackSetName)) and ${of}]]`;

/**
 * One CloudFormation stack for each component, in the new account. A stack is read before it is written, and read
 * again after every write, so that a resume finds its place by itself. Ends with `{ name, mode, status, stackId }`.
 */
export const deployStacks = (options: StackOptions): MapState => {
  const named = (name: string) => `${name} (${options.label})`;
  return forEach(options.items, {
    comment: options.comment,
    atOnce: 5,
    startAt: named('Take the component'),
    states: { ...look(named, options.as), ...change(named, options.as), ...conclude(named, options.as) },
    catch: options.catch,
    ...(options.assign === undefined ? {} : { assign: options.assign }),
    next: options.next,
  });
};

type Names = (name: string) => string;

/** What is there decides what is done. */
const look = (named: Names, as: Expression): States => ({
  [named('Take the component')]: pass({
    assign: {
      component: expr('$states.input'),
      stackName: expr(
        "$exists($states.input.stackName) ? $states.input.stackName : 'jetway-' & $states.input.name",
      ),
      stack: UNREAD,
      wrote: expr("''"),
      tries: 0,
      reads: 0,
      polls: 0,
      why: expr("''"),
    },
    next: named('Read the stack'),
  }),
  [named('Read the stack')]: sdk('cloudformation:describeStacks', {
    as,
    arguments: { StackName: expr('$stackName') },
    retry: whileRoleSpreads([UNDECLARED]),
    catch: [
      caught([UNDECLARED], named('Is there no stack?'), { trouble: CAUGHT_ERROR }),
      otherwise(named('The stack failed'), {
        why: expr(
          "$states.errorOutput.Error & ' ' & ($exists($states.errorOutput.Cause) ? $states.errorOutput.Cause : '')",
        ),
      }),
    ],
    assign: { stack: expr(STACK), reads: 0 },
    next: named('What does the stack need?'),
  }),
  [named('Is there no stack?')]: choice({
    rules: [
      when("$contains($trouble.cause, 'does not exist')", named('Create the stack'), { reads: 0 }),
      when(`$reads < ${MAX_READS}`, named('Wait and read again'), { reads: expr('$reads + 1') }),
    ],
    assign: { why: expr("$trouble.error & ': ' & $trouble.cause") },
    otherwise: named('The stack failed'),
  }),
  [named('What does the stack need?')]: choice({
    comment: 'A stack that failed to be made can only be deleted and made again; one that was, is updated.',
    rules: [
      when(
        `$stack.status in ${WHOLE} and $stack.digest = $component.templateDigest
          and ($wrote != '' or $count($stack.otherParameters) = 0)`,
        named('The stack is there'),
      ),
      when("$stack.status = 'DELETE_COMPLETE'", named('Create the stack')),
      when(`$wrote = '' and $stack.status in ${REMOVABLE}`, named('Delete the stack')),
      when(`$wrote = '' and $stack.status in ${UPDATABLE}`, named('Update the stack')),
      when(
        `$polls < ${MAX_POLLS} and $not(${FAILED_AFTER_WRITE}) and ($wrote != '' or $contains($stack.status, 'IN_PROGRESS'))`,
        named('Wait for the stack'),
        { polls: expr('$polls + 1') },
      ),
    ],
    otherwise: named('Read what went wrong'),
  }),
});

const PARAMETERS =
  "[$each($component.parameters, function($v, $k) {{'ParameterKey': $k, 'ParameterValue': $v}})]";
/** What CloudFormation is given of `$component`, whichever way. */
export const SUBMITTED = {
  StackName: expr('$stackName'),
  TemplateURL: expr(
    "$plan.templateBaseUrl & '/' & $replace($component.templateDigest, 'sha256:', '') & '.template.json'",
  ),
  Parameters: expr(PARAMETERS),
  Capabilities: ['CAPABILITY_NAMED_IAM'],
  Tags: [
    { Key: 'jetway:template-digest', Value: expr('$component.templateDigest') },
    { Key: 'jetway:component', Value: expr('$component.name') },
    { Key: 'jetway:request-id', Value: expr('$plan.requestId') },
  ],
};

/** CloudFormation forgets nothing that it was told with a token: the same one never starts a second operation. */
const token = (verb: string) =>
  expr(`$requestId & '-${verb}-' & $component.name & '-' & $epoch & '-' & $resumes`);

/** Every write is followed by a look, whether it was accepted, refused or unclear. */
const change = (named: Names, as: Expression): States => {
  const unclear = [
    otherwise(named('Was the write refused?'), { trouble: CAUGHT_ERROR, tries: expr('$tries + 1') }),
  ];
  return {
    [named('Create the stack')]: sdk('cloudformation:createStack', {
      as,
      arguments: { ...SUBMITTED, OnFailure: 'ROLLBACK', ClientRequestToken: token('create') },
      catch: unclear,
      assign: { wrote: 'create' },
      next: named('Wait for the stack'),
    }),
    [named('Update the stack')]: sdk('cloudformation:updateStack', {
      as,
      arguments: { ...SUBMITTED, ClientRequestToken: token('update') },
      catch: unclear,
      assign: { wrote: 'update' },
      next: named('Wait for the stack'),
    }),
    [named('Delete the stack')]: sdk('cloudformation:deleteStack', {
      as,
      arguments: { StackName: expr('$stackName'), ClientRequestToken: token('delete') },
      catch: unclear,
      assign: { wrote: 'delete' },
      next: named('Wait for the stack'),
    }),
    [named('Wait for the stack')]: wait(15, { next: named('Read the stack') }),
    [named('Was the write refused?')]: choice({
      rules: [
        when("$contains($trouble.cause, 'No updates are to be performed')", named('The stack is there')),
        when(`$tries < ${MAX_TRIES}`, named('Wait and read again')),
      ],
      assign: { why: expr("$trouble.error & ': ' & $trouble.cause") },
      otherwise: named('The stack failed'),
    }),
    [named('Wait and read again')]: wait(growing(5, '$tries + $reads', 120), {
      next: named('Read the stack'),
    }),
  };
};

/** Why a stack failed, as its own events say; of `$stack` when they do not. */
export const FIRST_FAILURE = `($f := $states.result.StackEvents[$contains(ResourceStatus, 'FAILED') and $exists(ResourceStatusReason)
    and $not($contains(ResourceStatusReason, /cancelled/i))];
  $exists($f) ? $f[-1].LogicalResourceId & ': ' & $f[-1].ResourceStatusReason : $stack.reason)`;

/** A failed stack says itself which resource it was. Begins with 'Read what went wrong'. */
export const stackFailed = (named: Names, as: Expression): States => ({
  [named('Read what went wrong')]: sdk('cloudformation:describeStackEvents', {
    as,
    arguments: { StackName: expr('$stackName') },
    retry: whileRoleSpreads(),
    catch: [otherwise(named('The stack failed'), { why: expr('$stack.reason') })],
    assign: { why: expr(FIRST_FAILURE) },
    next: named('The stack failed'),
  }),
  [named('The stack failed')]: fail(
    'StackFailed',
    "'Stack ' & $stackName & ' (' & $stack.status & '): ' & $why",
  ),
});

const conclude = (named: Names, as: Expression): States => ({
  ...stackFailed(named, as),
  [named('The stack is there')]: pass({
    output: {
      name: expr('$component.name'),
      mode: 'deploy',
      status: expr('$stack.status'),
      stackId: expr('$stack.id'),
    },
  }),
});

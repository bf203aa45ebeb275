import { STACK, SUBMITTED, stackFailed, UNDECLARED, UNREAD, UPDATABLE } from '../account-vending/stacks.ts';
import { CAUGHT_ERROR, caught, otherwise } from '../asl/catch.ts';
import { choice, when } from '../asl/choice.ts';
import type { Assign, Catcher, Expression, MapState, States } from '../asl/definition.ts';
import { expr } from '../asl/expression.ts';
import { fail } from '../asl/fail.ts';
import { forEach } from '../asl/map.ts';
import { firstPage, morePages, pageOf, turnPage } from '../asl/page.ts';
import { pass } from '../asl/pass.ts';
import { whileRoleSpreads } from '../asl/retry.ts';
import { sdk } from '../asl/sdk.ts';
import { growing, wait } from '../asl/wait.ts';

/** Refused or unclear calls about one stack. */
const MAX_TRIES = 5;
/** Looks at a stack, a quarter of a minute apart, and at a change set. */
const MAX_POLLS = 240;

type Names = (name: string) => string;
type Options = {
  comment: string;
  /** Tells the states of one use from those of another. */
  label: string;
  /** JSONata condition on a stack of the plan's work. */
  of: string;
  as: Expression;
  /** Without it, the change set is read and thrown away. */
  execute: boolean;
  catch: readonly Catcher[];
  assign: Assign;
  next: string;
};

/** What was rolled back is what it was before, and may be just that. */
const AS_PLANNED = `$stack.status in ${UPDATABLE} and $stack.digest = $component.templateDigest
  and $count($stack.otherParameters) = 0`;

/** What was read of a change, with what may make CloudFormation replace it. */
const CHANGES_READ = `[$states.result.Changes.ResourceChange.{
  'id': LogicalResourceId, 'type': ResourceType, 'action': Action,
  'replacement': $exists(Replacement) ? Replacement : 'False',
  'causes': [Details[Target.RequiresRecreation != 'Never' and $exists(CausingEntity)].$substringBefore(CausingEntity & '.', '.')],
  'named': $count(Details[Target.RequiresRecreation != 'Never' and $not($exists(CausingEntity))]) > 0}]`;

/**
 * CloudFormation says "conditional" of whatever refers to a resource that changes at all. It is replaced only when that
 * one is: a cause that stays itself replaces nothing.
 */
const REPLACED = `($moving := $changes[action = 'Add' or action = 'Modify' and replacement != 'False'].id;
  $changes[action = 'Modify' and (replacement = 'True' or replacement = 'Conditional'
    and ($count(causes) = 0 or named or $count(causes[$ in $moving]) > 0))])`;

/** What nobody was told of: replaced or removed, and not in the plan. */
const UNANNOUNCED = `[${REPLACED}[$not(id in $announced.replaces or '*' in $announced.replaces)].('replace ' & id & ' (' & type & ')'),
  $changes[action = 'Remove' and $not(id in $announced.removes or '*' in $announced.removes)].('remove ' & id & ' (' & type & ')')]`;

/** Change by change, in words. */
const WORDS = `($replaced := ${REPLACED}.id; [$changes.((
  action = 'Add' ? 'add ' : action = 'Remove' ? 'remove ' : id in $replaced ? 'replace ' : 'change ') & id & ' (' & type & ')')])`;

/**
 * One change set for each stack of the plan's work: made, read, and executed only when it does nothing that the plan has
 * not announced. A stack is read before it is written, and read again after, so that a resume finds its place by itself.
 * Ends with `{ name, mode, stackName, status, stackId, changes }`, changes in words.
 */
export const changeStacks = (options: Options): MapState => {
  const named: Names = (name) => `${name} (${options.label})`;
  return forEach(`[$change.work.changed[${options.of}]]`, {
    comment: options.comment,
    atOnce: 5,
    startAt: named('Take the stack'),
    states: {
      ...look(named, options),
      ...makeSet(named, options),
      ...throwAway(named, options),
      ...(options.execute ? executeSet(named, options) : {}),
      ...conclude(named),
    },
    catch: options.catch,
    assign: options.assign,
    next: options.next,
  });
};

const SAID = expr(
  "$states.errorOutput.Error & ' ' & ($exists($states.errorOutput.Cause) ? $states.errorOutput.Cause : '')",
);

const look = (named: Names, { as, execute }: Options): States => ({
  [named('Take the stack')]: pass({
    assign: {
      component: expr(
        '($i := $states.input; $plan.components[name = $i.name and $not($exists(stackSetName))][0])',
      ),
      stackName: expr('$states.input.stackName'),
      announced: expr('$states.input.announced'),
      stack: UNREAD,
      trouble: expr("{'error': '', 'cause': ''}"),
      wrote: false,
      tries: 0,
      polls: 0,
      setId: expr("''"),
      setStatus: expr("''"),
      why: expr("''"),
      changes: [],
      unannounced: [],
      words: [],
      ...firstPage('setPage'),
    },
    next: named('Read the stack'),
  }),
  [named('Read the stack')]: sdk('cloudformation:describeStacks', {
    as,
    arguments: { StackName: expr('$stackName') },
    retry: whileRoleSpreads([UNDECLARED]),
    catch: [
      caught([UNDECLARED], named('Is the stack gone?'), { trouble: CAUGHT_ERROR, tries: expr('$tries + 1') }),
      otherwise(named('The stack is not ready'), { why: SAID }),
    ],
    assign: { stack: expr(STACK) },
    next: named('What does the stack need?'),
  }),
  [named('Is the stack gone?')]: choice({
    rules: [
      when(
        `$tries < ${MAX_TRIES} and $not($contains($trouble.cause, 'does not exist'))`,
        named('Wait and read again'),
      ),
    ],
    assign: { why: expr("$trouble.error & ': ' & $trouble.cause") },
    otherwise: named('The stack is not ready'),
  }),
  [named('Wait and read again')]: wait(growing(5, '$tries', 120), { next: named('Read the stack') }),
  [named('What does the stack need?')]: choice({
    rules: [
      when(AS_PLANNED, named('The stack is as planned')),
      when(`$not($wrote) and $stack.status in ${UPDATABLE}`, named('Make the change set'), {
        changes: [],
        ...firstPage('setPage'),
      }),
      when(`$polls < ${MAX_POLLS} and $contains($stack.status, 'IN_PROGRESS')`, named('Wait for the stack'), {
        polls: expr('$polls + 1'),
      }),
      ...(execute ? [when('$wrote', named('Read what went wrong'))] : []),
    ],
    assign: { why: expr("'it is ' & $stack.status & ' ' & $stack.reason") },
    otherwise: named('The stack is not ready'),
  }),
  [named('Wait for the stack')]: wait(15, { next: named('Read the stack') }),
});

const THROW_AWAY = 'Throw the change set away';

/** A change set has a name of its own for every try, and the same name never makes a second one. */
const SET_NAME = "'jetway-' & $requestId & '-' & $resumes & '-' & $tries";

const makeSet = (named: Names, { as, execute }: Options): States => ({
  [named('Make the change set')]: sdk('cloudformation:createChangeSet', {
    as,
    arguments: {
      ...SUBMITTED,
      ChangeSetName: expr(SET_NAME),
      ChangeSetType: 'UPDATE',
      ClientToken: expr(SET_NAME),
    },
    catch: [
      caught(['CloudFormation.AlreadyExistsException'], named('Read the change set'), {
        setId: expr(SET_NAME),
      }),
      otherwise(named('Was the change set refused?'), { trouble: CAUGHT_ERROR, tries: expr('$tries + 1') }),
    ],
    assign: { setId: expr(SET_NAME) },
    next: named('Read the change set'),
  }),
  [named('Was the change set refused?')]: choice({
    rules: [when(`$tries < ${MAX_TRIES}`, named('Wait and read again'))],
    assign: { why: expr("$trouble.error & ': ' & $trouble.cause") },
    otherwise: named('The change set failed'),
  }),
  [named('Read the change set')]: sdk('cloudformation:describeChangeSet', {
    as,
    arguments: pageOf("{'StackName': $stackName, 'ChangeSetName': $setId}", { variable: 'setPage' }),
    retry: whileRoleSpreads(['CloudFormation.ChangeSetNotFoundException']),
    catch: [
      otherwise(named('Was the change set refused?'), { trouble: CAUGHT_ERROR, tries: expr('$tries + 1') }),
    ],
    assign: {
      setStatus: expr('$states.result.Status'),
      why: expr("$exists($states.result.StatusReason) ? $states.result.StatusReason : ''"),
      changes: expr(`[$append($changes, ${CHANGES_READ})]`),
      ...turnPage('setPage'),
    },
    next: named('Is the change set whole?'),
  }),
  [named('Is the change set whole?')]: choice({
    comment: 'Without changes CloudFormation says that it failed.',
    rules: [
      when(
        `$polls < ${MAX_POLLS} and ($contains($setStatus, 'PENDING') or $contains($setStatus, 'IN_PROGRESS'))`,
        named('Wait for the change set'),
        { polls: expr('$polls + 1'), changes: [], ...firstPage('setPage') },
      ),
      when(morePages('setPage'), named('Read the change set')),
      when("$setStatus = 'CREATE_COMPLETE'", named(execute ? 'Is everything announced?' : THROW_AWAY), {
        unannounced: expr(UNANNOUNCED),
        words: expr(WORDS),
      }),
      when("$contains($why, /didn't contain changes|No updates are to be performed/)", named(THROW_AWAY)),
    ],
    otherwise: named('The change set failed'),
  }),
  [named('Wait for the change set')]: wait(5, { next: named('Read the change set') }),
});

const throwAway = (named: Names, { as }: Options): States => ({
  [named(THROW_AWAY)]: sdk('cloudformation:deleteChangeSet', {
    comment: 'One that is left behind does nothing.',
    as,
    arguments: { StackName: expr('$stackName'), ChangeSetName: expr('$setId') },
    retry: whileRoleSpreads(),
    catch: [otherwise(named('Was everything announced?'))],
    next: named('Was everything announced?'),
  }),
  [named('Was everything announced?')]: choice({
    rules: [when('$count($unannounced) = 0', named('The stack is as planned'))],
    otherwise: named('The change is not announced'),
  }),
  [named('The change is not announced')]: fail(
    'ChangeNotAnnounced',
    "$substring('CloudFormation would ' & $join($unannounced, ', ') & ' in stack ' & $stackName & ', which the plan does not say.', 0, 1500)",
  ),
});

const executeSet = (named: Names, { as }: Options): States => ({
  [named('Is everything announced?')]: choice({
    rules: [when('$count($unannounced) = 0', named('Execute the change set'))],
    otherwise: named(THROW_AWAY),
  }),
  [named('Execute the change set')]: sdk('cloudformation:executeChangeSet', {
    as,
    arguments: {
      StackName: expr('$stackName'),
      ChangeSetName: expr('$setId'),
      ClientRequestToken: expr(SET_NAME),
    },
    catch: [
      otherwise(named('Was the change set refused?'), { trouble: CAUGHT_ERROR, tries: expr('$tries + 1') }),
    ],
    assign: { wrote: true },
    next: named('Wait for the stack'),
  }),
  ...stackFailed(named, as),
});

const conclude = (named: Names): States => ({
  [named('The stack is not ready')]: fail('StackNotReady', "'Stack ' & $stackName & ': ' & $why"),
  [named('The change set failed')]: fail(
    'ChangeSetFailed',
    "'The change set of stack ' & $stackName & ' (' & $setStatus & '): ' & $why",
  ),
  [named('The stack is as planned')]: pass({
    output: {
      name: expr('$component.name'),
      mode: 'deploy',
      stackName: expr('$stackName'),
      status: expr('$stack.status'),
      stackId: expr('$stack.id'),
      changes: expr('$words'),
    },
  }),
});

import { caught, otherwise } from '../asl/catch.ts';
import { choice, when } from '../asl/choice.ts';
import type { Assign, Catcher, MapState, PassState, States, TaskState } from '../asl/definition.ts';
import { expr } from '../asl/expression.ts';
import { fail } from '../asl/fail.ts';
import { forEach } from '../asl/map.ts';
import { firstPage, morePages, pageOf, turnPage } from '../asl/page.ts';
import { pass } from '../asl/pass.ts';
import { whilePassing } from '../asl/retry.ts';
import { sdk } from '../asl/sdk.ts';
import { growing, wait } from '../asl/wait.ts';
import { setWrites } from './stack-set-writes.ts';

/** Refused or unclear writes of one stack set, and looks at an operation that nobody has begun. */
const MAX_TRIES = 10;
/** Looks at an operation, a third of a minute apart. */
export const MAX_POLLS = 180;

type StackSetOptions = {
  comment: string;
  /** Tells the states of one use from those of another. */
  label: string;
  /** JSONata condition on a component of the plan. */
  of: string;
  /** JSONata code of the Regions of `$component` whose instances are updated although they are current. */
  outdated?: string;
  catch: readonly Catcher[];
  assign: Assign;
  next: string;
};

/**
 * The components of the plan that go to other Regions than home, one item for each stack set, with its Regions.
 *
 * @param of JSONata condition on a component
 */
export const stackSetsOf = (of: string): string => `(
  $all := $plan.components[mode = 'deploy' and $exists(stackSetName) and ${of}];
  [$distinct($all.stackSetName).($set := $; $these := $all[stackSetName = $set];
    {'name': $these[0].name, 'stackSetName': $set, 'templateDigest': $these[0].templateDigest,
     'parameters': $these[0].parameters, 'regions': [$these.region]})])`;

/** What was read of an instance. Of several sets of pages only the account's own are asked for. */
export const INSTANCES_READ = `[$states.result.Summaries.{
  'region': Region, 'status': Status, 'stackId': $exists(StackId) ? StackId : '',
  'detailed': $exists(StackInstanceStatus.DetailedStatus) ? StackInstanceStatus.DetailedStatus : '',
  'reason': $exists(StatusReason) ? StatusReason : '',
  'drift': $exists(DriftStatus) ? DriftStatus : 'NOT_CHECKED'}]`;

/** JSONata code: this instance is as the stack set says. */
export const CURRENT = "status = 'CURRENT' and detailed = 'SUCCEEDED'";

/** JSONata code: the instances in the Regions of `$component`. */
export const OURS = '$instances[region in $component.regions]';
/** AWS's words for a stack that was rolled back when it was made: it can only be made again. */
const STUCK = `(status = 'INOPERABLE' or $contains(reason, /can ?not be updated/i))`;

type Names = (name: string) => string;

/**
 * One service-managed stack set for each component and template, shared by all accounts; in it, the account's
 * instances in the other governed Regions, made with one operation. The set and the instances are read before they
 * are written, and read again after every operation, so that a resume finds its place by itself. Ends with
 * `{ name, mode, status, stackSetName, instances: [{ region, status, stackId }] }`.
 */
export const deployStackSets = (options: StackSetOptions): MapState => {
  const named = (name: string) => `${name} (${options.label})`;
  return forEach(stackSetsOf(options.of), {
    comment: options.comment,
    atOnce: 5,
    startAt: named('Take the stack set'),
    states: {
      ...findSet(named),
      ...look(named, options.outdated),
      ...setWrites(named),
      ...followOperation(named),
      ...conclude(named),
    },
    catch: options.catch,
    assign: options.assign,
    next: options.next,
  });
};

/** What an iteration knows of `{ name, stackSetName, regions }`, its item. */
export const takeSet = (next: string): PassState =>
  pass({
    assign: {
      component: expr('$states.input'),
      set: { digest: expr("''"), status: expr("''"), permissions: expr("''") },
      instances: [],
      ...firstPage('instancePage'),
      targets: [],
      verb: expr("''"),
      wrote: [],
      tries: 0,
      trouble: expr("{'error': '', 'cause': ''}"),
      polls: 0,
      why: expr("''"),
    },
    next,
  });

/** The set is named by the digest of its template, and says the whole digest in a tag. */
const findSet = (named: Names): States => ({
  [named('Take the stack set')]: takeSet(named('Read the stack set')),
  [named('Read the stack set')]: sdk('cloudformation:describeStackSet', {
    arguments: { StackSetName: expr('$component.stackSetName'), CallAs: 'SELF' },
    retry: whilePassing('cloudformation'),
    catch: [
      caught(['CloudFormation.StackSetNotFoundException'], named('Create the stack set')),
      otherwise(named('The stack set failed'), { why: SAID }),
    ],
    assign: {
      set: expr(`($s := $states.result.StackSet; $d := $s.Tags[Key = 'jetway:template-digest'].Value;
        {'digest': $exists($d) ? $d[0] : 'none', 'status': $s.Status, 'permissions': $s.PermissionModel})`),
    },
    next: named('Is the stack set ours?'),
  }),
  [named('Is the stack set ours?')]: choice({
    rules: [
      when(
        "$set.digest = $component.templateDigest and $set.status = 'ACTIVE' and $set.permissions = 'SERVICE_MANAGED'",
        named('Read the instances'),
      ),
    ],
    assign: {
      why: expr("'the set is ' & $set.status & ', ' & $set.permissions & ', with template ' & $set.digest"),
    },
    otherwise: named('The stack set failed'),
  }),
  [named('Was the stack set refused?')]: choice({
    comment: 'Another vend may have made it a moment before.',
    rules: [when(`$tries < ${MAX_TRIES}`, named('Wait for the stack set'))],
    assign: { why: expr("$trouble.error & ': ' & $trouble.cause") },
    otherwise: named('The stack set failed'),
  }),
  [named('Wait for the stack set')]: wait(growing(5, '$tries', 60), { next: named('Read the stack set') }),
});

const SAID = expr(
  "$states.errorOutput.Error & ' ' & ($exists($states.errorOutput.Cause) ? $states.errorOutput.Cause : '')",
);

/** Ends up in `$instances`. @param missing what to do when there is no such set */
export const readInstances = (named: Names, next: string, missing: readonly Catcher[] = []): TaskState =>
  sdk('cloudformation:listStackInstances', {
    arguments: pageOf(
      "{'StackSetName': $component.stackSetName, 'StackInstanceAccount': $accountId, 'MaxResults': 100, 'CallAs': 'SELF'}",
      { variable: 'instancePage' },
    ),
    retry: whilePassing('cloudformation'),
    catch: [...missing, otherwise(named('The stack set failed'), { why: SAID })],
    assign: { instances: expr(`[$append($instances, ${INSTANCES_READ})]`), ...turnPage('instancePage') },
    next,
  });

/** What is there decides what is done: each thing once, and nothing after a creation that failed. */
const look = (named: Names, outdated?: string): States => ({
  [named('Read the instances')]: readInstances(named, named('What do the instances need?')),
  [named('What do the instances need?')]: choice({
    comment:
      'An instance that is as planned is left alone. One whose stack cannot be updated is deleted and made again.',
    rules: [
      when(morePages('instancePage'), named('Read the instances')),
      ...(outdated === undefined ? [] : [updateOutdated(named, outdated)]),
      when(
        `$count($component.regions[$not($ in ${OURS}[${CURRENT}].region)]) = 0`,
        named('The instances are there'),
      ),
      when(
        `$polls < ${MAX_POLLS} and $count(${OURS}[detailed in ['PENDING', 'RUNNING']]) > 0`,
        named('Wait for the instances'),
        { polls: expr('$polls + 1') },
      ),
      when(
        `$not('create' in $wrote) and $not('delete' in $wrote) and $count(${OURS}[${STUCK}]) > 0`,
        named('Delete the instances'),
        { verb: 'delete', targets: expr(`[${OURS}[${STUCK}].region]`) },
      ),
      when(`$count($wrote) = 0 and $count(${OURS}[$not(${CURRENT})]) > 0`, named('Update the instances'), {
        verb: 'update',
        targets: expr(`[${OURS}[$not(${CURRENT})].region]`),
      }),
      when(
        `$not('create' in $wrote) and $count($component.regions[$not($ in ${OURS}.region)]) > 0`,
        named('Create the instances'),
        { verb: 'create', targets: expr(`[$component.regions[$not($ in ${OURS}.region)]]`) },
      ),
    ],
    assign: {
      why: expr(`$join($component.regions[$not($ in ${OURS}[${CURRENT}].region)].(
        $region := $; $i := $instances[region = $region];
        $region & ': ' & ($exists($i) ? $i[0].status & ' ' & $i[0].detailed & ' ' & $i[0].reason : 'no instance')), '; ')`),
    },
    otherwise: named('The stack set failed'),
  }),
});

/** The same template with other parameters: the set does not know that its instance is out of date. */
const updateOutdated = (named: Names, outdated: string) =>
  when(
    `$not('update' in $wrote) and $count(${OURS}[region in ${outdated} and ${CURRENT}]) > 0`,
    named('Update the instances'),
    { verb: 'update', targets: expr(`[${OURS}[region in ${outdated} and ${CURRENT}].region]`) },
  );

/** What was asked for is followed to its end; then the instances are read, whatever the end was. */
export const followOperation = (named: Names): States => ({
  [named('Was the operation refused?')]: choice({
    rules: [
      when(
        `$polls < ${MAX_POLLS} and $trouble.error in ['CloudFormation.OperationInProgressException', 'CloudFormation.StaleRequestException']`,
        named('Wait for the instances'),
        { polls: expr('$polls + 1') },
      ),
      when(`$tries < ${MAX_TRIES}`, named('Wait and look for the operation')),
    ],
    assign: { why: expr("$join($targets, ', ') & ': ' & $trouble.error & ': ' & $trouble.cause") },
    otherwise: named('The stack set failed'),
  }),
  [named('Wait and look for the operation')]: wait(growing(5, '$tries', 120), {
    next: named('Read the operation'),
  }),
  [named('Wait for the instances')]: wait(20, {
    assign: { instances: [], ...firstPage('instancePage') },
    next: named('Read the instances'),
  }),
  [named('Wait for the operation')]: wait(20, { next: named('Read the operation') }),
  [named('Read the operation')]: sdk('cloudformation:describeStackSetOperation', {
    arguments: {
      StackSetName: expr('$component.stackSetName'),
      OperationId: expr("$requestId & '-' & $verb & '-' & $component.name & '-' & $epoch & '-' & $resumes"),
      CallAs: 'SELF',
    },
    retry: whilePassing('cloudformation'),
    catch: [
      caught(['CloudFormation.OperationNotFoundException'], named('Is it to be asked for again?'), {
        trouble: expr(
          "$trouble.error = '' ? {'error': $states.errorOutput.Error, 'cause': $states.errorOutput.Cause} : $trouble",
        ),
        tries: expr('$tries + 1'),
      }),
      otherwise(named('The stack set failed'), { why: SAID }),
    ],
    assign: {
      operation: expr('$states.result.StackSetOperation.Status'),
      wrote: expr('$verb in $wrote ? $wrote : [$append($wrote, $verb)]'),
    },
    next: named('Has the operation ended?'),
  }),
  [named('Has the operation ended?')]: choice({
    rules: [
      when(
        `$polls < ${MAX_POLLS} and $operation in ['QUEUED', 'RUNNING', 'STOPPING']`,
        named('Wait for the operation'),
        { polls: expr('$polls + 1') },
      ),
    ],
    assign: { instances: [], ...firstPage('instancePage') },
    otherwise: named('Read the instances'),
  }),
  [named('Is it to be asked for again?')]: choice({
    comment: 'It was never begun: what the instances need is decided anew.',
    rules: [when(`$tries < ${MAX_TRIES}`, named('Wait for the instances'))],
    assign: { why: expr("$join($targets, ', ') & ': ' & $trouble.error & ': ' & $trouble.cause") },
    otherwise: named('The stack set failed'),
  }),
});

export const stackSetFailed = fail(
  'StackSetFailed',
  "'Component ' & $component.name & ', stack set ' & $component.stackSetName & ': ' & $why",
);

const conclude = (named: Names): States => ({
  [named('The stack set failed')]: stackSetFailed,
  [named('The instances are there')]: pass({
    output: {
      name: expr('$component.name'),
      mode: 'deploy',
      status: 'CURRENT',
      stackSetName: expr('$component.stackSetName'),
      instances: expr(`[${OURS}.{'region': region, 'status': status, 'stackId': stackId}]`),
    },
  }),
});

import { page } from '../../paging.ts';
import { AwsError, type Caller, type Operation, type World } from '../../world.ts';
import { matchesPattern, patternFault } from '../event-pattern.ts';
import {
  BUSES,
  type Bus,
  busArn,
  busAt,
  busKey,
  RULES,
  type Rule,
  ruleAt,
  ruleKey,
  TARGETS,
  type Target,
  targetsOf,
} from './bus.ts';

const PAGE = 100;

/** Buses, rules and targets; what happens to events is in events.ts. */
export function ruleOperations(world: World): Record<string, Operation> {
  const { store } = world;
  const bus = (caller: Caller, place?: string) => busAt(store, caller.region, caller.accountId, place);
  const save = (rule: Rule) => store.put(RULES, ruleKey(rule.account, rule.busName, rule.name), rule);
  const setState = (state: string) => (input: { Name: string; EventBusName?: string }, caller: Caller) =>
    save({ ...ruleAt(store, bus(caller, input.EventBusName), input.Name), state });

  return {
    ...busOperations(world),
    PutRule: (input: PutRuleInput, caller: Caller) => {
      const rule = newRule(input, bus(caller, input.EventBusName), caller);
      save(rule);
      return { RuleArn: rule.arn };
    },
    EnableRule: setState('ENABLED'),
    DisableRule: setState('DISABLED'),
    DescribeRule: (input: { Name: string; EventBusName?: string }, caller: Caller) => ({
      ...show(ruleAt(store, bus(caller, input.EventBusName), input.Name)),
      CreatedBy: caller.accountId,
    }),
    ListRules(
      input: { NamePrefix?: string; EventBusName?: string; NextToken?: string; Limit?: number },
      caller,
    ) {
      const { account, name } = bus(caller, input.EventBusName);
      const rules = store
        .values<Rule>(RULES)
        .filter((rule) => rule.account === account && rule.busName === name)
        .filter((rule) => rule.name.startsWith(input.NamePrefix ?? ''));
      const { items, nextToken } = page(rules, input.NextToken, input.Limit ?? PAGE);
      return { Rules: items.map(show), NextToken: nextToken };
    },
    DeleteRule(input: { Name: string; EventBusName?: string }, caller: Caller) {
      const { account, name } = bus(caller, input.EventBusName);
      const rule = store.get<Rule>(RULES, ruleKey(account, name, input.Name));
      if (!rule) return;
      if (targetsOf(store, rule).length > 0) {
        throw new AwsError('ValidationException', "Rule can't be deleted since it has targets.");
      }
      store.delete(RULES, ruleKey(account, name, input.Name));
    },
    ...targetOperations({ store }, bus),
    TestEventPattern(input: { EventPattern: string; Event: string }) {
      return { Result: matchesPattern(readPattern(input.EventPattern), readJson(input.Event, 'Event')) };
    },
  };
}

function busOperations({ store, scheduler }: World): Record<string, Operation> {
  return {
    CreateEventBus(input: { Name: string; Description?: string }, caller: Caller) {
      const key = busKey(caller.accountId, input.Name);
      if (store.get(BUSES, key) || input.Name === 'default') {
        throw new AwsError('ResourceAlreadyExistsException', `Event bus ${input.Name} already exists.`);
      }
      const arn = busArn(caller.region, caller.accountId, input.Name);
      const created: Bus & { createdMs: number } = {
        account: caller.accountId,
        name: input.Name,
        arn,
        createdMs: scheduler.now(),
        ...(input.Description === undefined ? {} : { description: input.Description }),
      };
      store.put(BUSES, key, created);
      return { EventBusArn: arn };
    },
    DescribeEventBus(input: { Name?: string }, caller: Caller) {
      const { name, arn, description } = busAt(store, caller.region, caller.accountId, input.Name);
      return { Name: name, Arn: arn, Description: description };
    },
  };
}

type PutRuleInput = {
  Name: string;
  EventPattern?: string;
  ScheduleExpression?: string;
  State?: string;
  Description?: string;
  RoleArn?: string;
  EventBusName?: string;
};

function newRule(input: PutRuleInput, bus: Bus, caller: Caller): Rule {
  if (input.ScheduleExpression !== undefined) {
    throw new AwsError('ValidationException', 'the embedded AWS: schedules are not supported');
  }
  if (input.EventPattern === undefined) {
    throw new AwsError(
      'ValidationException',
      'Parameter(s) EventPattern or ScheduleExpression must be specified.',
    );
  }
  readPattern(input.EventPattern);
  const path = bus.name === 'default' ? input.Name : `${bus.name}/${input.Name}`;
  return {
    account: bus.account,
    busName: bus.name,
    name: input.Name,
    arn: `arn:aws:events:${caller.region}:${bus.account}:rule/${path}`,
    pattern: input.EventPattern,
    state: input.State ?? 'ENABLED',
    ...(input.Description === undefined ? {} : { description: input.Description }),
    ...(input.RoleArn === undefined ? {} : { roleArn: input.RoleArn }),
  };
}

const show = (rule: Rule) => ({
  Name: rule.name,
  Arn: rule.arn,
  EventPattern: rule.pattern,
  State: rule.state,
  Description: rule.description,
  RoleArn: rule.roleArn,
  EventBusName: rule.busName,
});

function targetOperations(
  { store }: Pick<World, 'store'>,
  bus: (caller: Caller, place?: string) => Bus,
): Record<string, Operation> {
  type RuleRef = { Rule: string; EventBusName?: string };
  const keyOf = (rule: Rule, id: string) => `${ruleKey(rule.account, rule.busName, rule.name)}/${id}`;
  return {
    PutTargets(input: RuleRef & { Targets: Target[] }, caller: Caller) {
      const rule = ruleAt(store, bus(caller, input.EventBusName), input.Rule);
      for (const target of input.Targets) checkTarget(target);
      for (const target of input.Targets) store.put(TARGETS, keyOf(rule, target.Id), target);
      if (targetsOf(store, rule).length > 5) {
        throw new AwsError(
          'LimitExceededException',
          'The requested resource exceeds the maximum number allowed.',
        );
      }
      return { FailedEntryCount: 0, FailedEntries: [] };
    },
    RemoveTargets(input: RuleRef & { Ids: string[] }, caller: Caller) {
      const rule = ruleAt(store, bus(caller, input.EventBusName), input.Rule);
      for (const id of input.Ids) store.delete(TARGETS, keyOf(rule, id));
      return { FailedEntryCount: 0, FailedEntries: [] };
    },
    ListTargetsByRule(input: RuleRef & { NextToken?: string; Limit?: number }, caller: Caller) {
      const rule = ruleAt(store, bus(caller, input.EventBusName), input.Rule);
      const { items, nextToken } = page(targetsOf(store, rule), input.NextToken, input.Limit ?? PAGE);
      return { Targets: items, NextToken: nextToken };
    },
  };
}

function checkTarget(target: Target & { InputTransformer?: unknown }): void {
  if (target.InputTransformer !== undefined) {
    throw new AwsError('ValidationException', 'the embedded AWS: InputTransformer is not supported');
  }
  const kind = /^arn:[^:]*:(sqs|states|events):[^:]+:\d{12}:(stateMachine:|event-bus\/)?[\w.-]+$/.exec(
    target.Arn,
  )?.[1];
  if (kind === undefined) {
    throw new AwsError('ValidationException', `the embedded AWS: ${target.Arn} cannot be a target`);
  }
  if (kind === 'states' && target.RoleArn === undefined) {
    throw new AwsError('ValidationException', `RoleArn is required for target ${target.Arn}.`);
  }
}

function readPattern(text: string): { [key: string]: unknown } {
  const pattern = readJson(text, 'EventPattern');
  const fault = patternFault(pattern);
  if (fault !== undefined) {
    throw new AwsError('InvalidEventPatternException', `Event pattern is not valid. Reason: ${fault}`);
  }
  return pattern as { [key: string]: unknown };
}

function readJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new AwsError('InvalidEventPatternException', `${what} is not valid. Reason: it is not JSON`);
  }
}

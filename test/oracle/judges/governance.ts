import { deepEqual, equal } from 'node:assert/strict';
import type { Judge } from './resource-judges.ts';

type Rule = {
  ConfigRuleName: string;
  Source: { Owner: string; SourceIdentifier?: string };
  InputParameters?: Record<string, unknown> | string;
  Scope?: { ComplianceResourceTypes?: string[] };
  MaximumExecutionFrequency?: string;
};

/** A Config rule: what evaluates it, with which parameters, on what, how often. */
export const judgeConfigRule: Judge<Rule> = (ask, planned) => {
  const names = { ConfigRuleNames: [planned.ConfigRuleName] };
  const [made] = ask('config', 'DescribeConfigRules', names).ConfigRules as Rule[];
  equal(made?.Source.Owner, planned.Source.Owner);
  equal(made?.Source.SourceIdentifier, planned.Source.SourceIdentifier);
  deepEqual(parametersOf(made), parametersOf(planned));
  const types = (rule?: Rule) => rule?.Scope?.ComplianceResourceTypes ?? [];
  deepEqual(types(made), types(planned));
  equal(made?.MaximumExecutionFrequency, planned.MaximumExecutionFrequency);
};

const parametersOf = (rule?: Rule): unknown =>
  typeof rule?.InputParameters === 'string'
    ? JSON.parse(rule.InputParameters)
    : (rule?.InputParameters ?? {});

type BudgetProperties = {
  Budget: { BudgetName: string; BudgetType: string; TimeUnit: string; BudgetLimit: Limit };
  NotificationsWithSubscribers: { Notification: object; Subscribers: object[] }[];
};
type Limit = { Amount: number | string; Unit: string };

export const judgeBudget: Judge<BudgetProperties> = (ask, planned) => {
  const AccountId = ask('sts', 'GetCallerIdentity').Account;
  const { BudgetName, BudgetType, TimeUnit, BudgetLimit } = planned.Budget;
  const { Budget } = ask('budgets', 'DescribeBudget', { AccountId, BudgetName });
  deepEqual(
    { type: Budget.BudgetType, unit: Budget.TimeUnit, amount: Number(Budget.BudgetLimit.Amount) },
    { type: BudgetType, unit: TimeUnit, amount: Number(BudgetLimit.Amount) },
  );
  const { Notifications } = ask('budgets', 'DescribeNotificationsForBudget', { AccountId, BudgetName });
  equal(Notifications.length, planned.NotificationsWithSubscribers.length);
};

import { describe, expect, it } from 'vitest';
import { eventSample, eventSamples } from '../services/ledger/event-samples.fixture.ts';
import { EVENT_BUS, eventRules } from './events.ts';
import { type EventPattern, matchesPattern, patternFault } from './local/services/event-pattern.ts';

const managementAccountId = '111122223333';
const rules = eventRules({ managementAccountId, region: 'us-east-1', stateMachines: ['account-vending'] });

/** Names of the rules that put the event on the queue, on the bus where it arrives. */
function rulesFor(event: { account: string }): string[] {
  const bus = event.account === managementAccountId ? 'default' : EVENT_BUS;
  return rules
    .filter((rule) => rule.bus === bus && rule.targets.some((target) => target.kind === 'queue'))
    .filter((rule) => matchesPattern(rule.pattern as EventPattern, event))
    .map((rule) => rule.name);
}

/** Read where they come, and too many to be asked for: stacks say enough, and looks find drift, not its absence. */
const LEFT_OUT = [
  'cloudformation.ResourceStatusChange.CREATE_COMPLETE',
  'cloudformation.DriftDetectionStatusChange.IN_SYNC',
];
const byBus = [...eventSamples].filter(([, event]) => event.source !== 'aws.sns').map(([name]) => name);

describe('the rules', () => {
  it.each(rules.map((rule) => [rule.name, rule] as const))(
    '%s has a sound pattern that names accounts',
    (_name, rule) => {
      expect(patternFault(rule.pattern)).toBeUndefined();
      expect(rule.pattern).toHaveProperty('account');
    },
  );

  it.each(byBus.filter((name) => !LEFT_OUT.includes(name)))('let %s through, once', (name) => {
    expect(rulesFor(eventSample(name))).toHaveLength(1);
  });

  it.each(LEFT_OUT)('leave %s out', (name) => {
    expect(rulesFor(eventSample(name))).toEqual([]);
  });

  it.each(byBus)('let no imitation of %s through', (name) => {
    expect(rulesFor({ ...eventSample(name), source: 'custom.source' } as { account: string })).toEqual([]);
  });
});

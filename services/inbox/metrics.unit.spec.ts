import { describe, expect, it } from 'vitest';
import { readEnvelope } from '../ledger/envelope.ts';
import { eventSample } from '../ledger/event-samples.fixture.ts';
import type { Fact } from '../ledger/fact.ts';
import { openInboxMetrics } from './metrics.ts';

const trusted = { managementAccountId: '111122223333', auditAccountId: '333344445555' };
const factsOf = (changes: object = {}): Fact[] =>
  readEnvelope({ ...eventSample('ec2.InstanceStateChange.running'), ...changes }, trusted).facts.map(
    (fact) => ({
      ...fact,
      lane: 1,
      seq: 1,
      recordedAt: fact.occurredAt,
      hash: '',
    }),
  );

describe('what is counted of the inbox', () => {
  it('are facts by type, and what is only kept by source, detail type and reason', () => {
    const metrics = openInboxMetrics();
    metrics.appended([...factsOf(), ...factsOf()]);
    metrics.appended(factsOf({ source: 'aws.braket', 'detail-type': 'Braket "Task"\nChange' }));
    metrics.appended(factsOf({ source: 'custom.ec2' }));
    metrics.deadLettered();
    const lines = metrics.expose().split('\n');
    expect(lines).toContain('jetway_aws_facts_total{type="InstanceStateChanged"} 2');
    expect(lines).toContain(
      'jetway_aws_events_observed_total{source="aws.braket",detail_type="Braket \\"Task\\"\\nChange",why="unknown-kind"} 1',
    );
    expect(lines).toContain(
      'jetway_aws_events_observed_total{source="custom",detail_type="custom",why="untrusted-sender"} 1',
    );
    expect(lines).toContain('jetway_inbox_unreadable_total 1');
    expect(lines.filter((line) => line.startsWith('# TYPE')).length).toBe(4);
    expect(lines.at(-1)).toBe('');
  });

  it('does not grow with the names that senders think of, and loses none', () => {
    const metrics = openInboxMetrics();
    for (let i = 0; i < 1_000; i++) {
      metrics.appended(factsOf({ source: 'aws.braket', 'detail-type': `Kind ${i}` }));
      metrics.appended(factsOf({ source: `mine.${i}`, 'detail-type': `Kind ${i}` }));
    }
    const lines = metrics
      .expose()
      .split('\n')
      .filter((line) => line.startsWith('jetway_aws_events_observed'));
    expect(lines.length).toBeLessThan(210);
    expect(lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0)).toBe(2_000);
  });

  it('say how far behind the reading of the queue is', () => {
    const metrics = openInboxMetrics();
    metrics.watch(() => 61_500);
    expect(metrics.expose()).toContain(
      '# TYPE jetway_inbox_behind_seconds gauge\njetway_inbox_behind_seconds 61.5\n',
    );
  });

  it('are not facts of people and workflows', () => {
    const metrics = openInboxMetrics();
    metrics.appended(factsOf().map((fact) => ({ ...fact, source: 'workflow', type: 'AccountVended' })));
    expect(metrics.expose()).not.toContain('AccountVended');
  });
});

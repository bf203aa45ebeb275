import { describe, expect, it } from 'vitest';
import { EVENT_KINDS } from './envelope.ts';
import type { Speaker } from './envelopes/kind.ts';

const WHO: Record<Speaker, string> = {
  management: 'the management account',
  itself: 'each account, of itself',
  security: 'the audit and the management account; each other account, of itself',
};
/** Of SNS, only topics that Control Tower has made in the audit account are listened to. */
const BY_SNS = 'the topic of Control Tower in the audit account';

const rows = EVENT_KINDS.map((kind) => {
  const names = kind.events?.map((name) => `\`${name}\``).join(', ');
  const event = `\`${kind.source}\` ${kind.detailType}${names ? `: ${names}` : ''}`;
  const who = kind.source === 'aws.sns' ? BY_SNS : WHO[kind.speaker];
  return `| ${event} | \`${kind.fact}\` | ${kind.changes} | ${who} |`;
});

const DOCUMENT = `# Events of AWS

What Jetway makes of the events that reach its queue. The table is written by \`services/ledger/events-doc.unit.spec.ts\` from the
kinds in \`services/ledger/envelopes\`; after a change there: \`npx vitest run --project unit services/ledger/events-doc -u\`.

| event | fact | what it changes | whose word counts |
|---|---|---|---|
${rows.join('\n')}

"Timeline" means that the fact explains what happened and changes nothing else. What is true is read from AWS by the workflows and by
the reconcile; AWS calls these events best effort. Which events are asked for is in \`infra/events.ts\`; left out there are the
status of single resources of stacks and drift detections that found nothing. Member accounts send to the bus \`jetway\` what the
component \`event-forwarding\` forwards: compliance changes and stacks that were found drifted. For the rest of what they can say the
rules on the bus are there; forwarding it is up to you.

## Whose word counts
EventBridge sets account and id; a sender who is not AWS chooses everything else, except sources that begin with \`aws.\`. Therefore:
- A source that is not AWS's is never believed.
- What is said about the organization is believed from the management account alone. A member account is believed about itself:
  account, Region and ARNs of the detail have to be those of the envelope.
- What is not believed is kept as \`AwsEventObserved\` with \`why: "untrusted-sender"\`, under an id of its own, so that it can never
  stand in the place of a genuine event. It wakes nobody, belongs to no account and has nobody look for drift elsewhere.
- Findings count when they are of Security Hub's own product; whoever imports findings writes them. They say PASSED and FAILED, and are
  not mixed with the compliance that Config says; where a finding leans on a Config rule, it names the rule.
- A message of SNS comes in SNS's own envelope (raw delivery off). Compliance is believed through \`aws-controltower-AllConfigNotifications\`
  of the audit account only: whoever owns another topic can say anything on it. Drift through
  \`aws-controltower-AggregateSecurityNotifications\` only has somebody look. Both need the queue to be subscribed by you.

## Order, and the same thing twice
\`version\` is the order of the service where it documents one: Config's ordering timestamp and state id, the end of an operation of
Control Tower or Organizations, the update of a finding, the dates of an execution. Elsewhere it is the time of the event in
milliseconds, with later statuses of one second behind earlier ones; never the arrival.
\`meaning\` is the same by every road: an operation has its id, a call its CloudTrail event id, a compliance its rule, resource and
ordering time, always with account and Region. So \`EnableGuardrail\` and \`EnableControl\` of one operation are one fact.

## What is not read
- Well formed, but of no known kind: kept as \`AwsEventObserved\` with \`why: "unknown-kind"\`.
- Of a known kind in another shape than documented: kept with \`why: "not-as-documented"\`.
- Both are counted in \`GET /metrics\` (operators and auditors) as \`jetway_aws_events_observed_total\` by source, detail type and reason;
  sources of one's own share one series, and after 200 series the rest share one too.
- Malformed: put into the dead-letter queue with the reason as an attribute, and counted as \`jetway_inbox_unreadable_total\`. That is no
  JSON, more than 1 MiB, nested deeper than 64 levels, a member said twice, NUL or half a surrogate pair in a text, a number
  beyond a double, a time outside of this century, an envelope that lacks what every envelope has.

## When there are more than can be read
Whatever comes at once is read together, by as many readers as the queue fills. \`jetway_inbox_behind_seconds\` is how long the oldest message
that was read last had waited. Over a minute, what a schedule asks for (readings of the organization, looks for drift, collections) waits
for its next turn, because its answers come by the same queue; what people ask for is not held up.
`;

describe('docs/events.md', () => {
  it('is what the code says', async () => {
    await expect(DOCUMENT).toMatchFileSnapshot('../../docs/events.md');
  });
});

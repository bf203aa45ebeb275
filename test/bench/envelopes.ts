import { createHash } from 'node:crypto';

/** What an organization's Config rules say in a while. */
export type Traffic = {
  accounts: number;
  /** Rules of each account, one resource each. */
  controls: number;
  /** The share of evaluations that find a violation. */
  violations: number;
  /** The share of deliveries that come once more. */
  redelivered: number;
  /** Another seed is another traffic; the same one is the same. */
  seed: number;
};

const USUAL: Traffic = { accounts: 2_000, controls: 50, violations: 0.3, redelivered: 0.05, seed: 1 };
const OUT_OF_ORDER_MS = 5 * 60_000;
const BEGAN = Date.parse('2026-03-04T10:00:00Z');

/**
 * EventBridge envelopes of AWS Config as they come from the queue, about 1.5 kB each: some twice, none in order. The ids
 * are made from the seed and the place, so that every round can have others.
 * @param accountOf the account with this number, for whoever wants only accounts of one kind
 */
export function envelopes(
  count: number,
  changes: Partial<Traffic> = {},
  accountOf: (n: number) => string = accountIdOf,
): string[] {
  const traffic = { ...USUAL, ...changes };
  const random = randomFrom(traffic.seed);
  const made: string[] = [];
  while (made.length < count) {
    const again = made.length > 0 && random() < traffic.redelivered;
    if (again) made.push(made[Math.max(0, made.length - 1 - Math.floor(random() * 200))] as string);
    else made.push(envelopeOf(made.length, traffic, random, accountOf));
  }
  return made;
}

export const accountIdOf = (n: number): string => String(100_000_000_000 + n);

function envelopeOf(
  place: number,
  { accounts, controls, violations, seed }: Traffic,
  random: () => number,
  accountOf: (n: number) => string,
): string {
  const account = accountOf(Math.floor(random() * accounts));
  const rule = `AWSControlTower_AWS-GR_CONTROL_${String(Math.floor(random() * controls)).padStart(3, '0')}`;
  const at = BEGAN + seed * 3_600_000 + place * 3 + Math.round((random() * 2 - 1) * OUT_OF_ORDER_MS);
  const [time, before] = [at, at - 86_400_000].map((ms) => new Date(ms).toISOString());
  const status = random() < violations ? 'NON_COMPLIANT' : 'COMPLIANT';
  const resourceId = `${account}-exports-${rule.slice(-3)}`;
  const resourceType = 'AWS::S3::Bucket';
  const result = (complianceType: string, when: string | undefined) => ({
    evaluationResultIdentifier: {
      evaluationResultQualifier: { configRuleName: rule, resourceType, resourceId },
      orderingTimestamp: when,
    },
    complianceType,
    resultRecordedTime: when,
    configRuleInvokedTime: when,
  });
  return JSON.stringify({
    version: '0',
    id: idOf(`${seed}:${place}`),
    'detail-type': 'Config Rules Compliance Change',
    source: 'aws.config',
    account,
    time: `${time?.slice(0, 19)}Z`,
    region: 'us-east-1',
    resources: [],
    detail: {
      resourceId,
      awsRegion: 'us-east-1',
      awsAccountId: account,
      configRuleName: rule,
      recordVersion: '1.0',
      configRuleARN: `arn:aws:config:us-east-1:${account}:config-rule/config-rule-${rule.slice(-3)}abc`,
      messageType: 'ComplianceChangeNotification',
      newEvaluationResult: {
        ...result(status, time),
        annotation: `The bucket ${resourceId} was looked at because its configuration had changed.`,
      },
      oldEvaluationResult: result(status === 'COMPLIANT' ? 'NON_COMPLIANT' : 'COMPLIANT', before),
      notificationCreationTime: time,
      resourceType,
    },
  });
}

function idOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join(
    '-',
  );
}

/** Mulberry32: the same numbers on every machine. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

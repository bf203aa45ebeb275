import { strangersOf, type TrustRules, UnreadablePolicy } from './trust-policy.ts';

/** A configuration item of AWS Config, as far as a rule reads it. */
export type ConfigurationItem = {
  awsAccountId: string;
  resourceType: string;
  resourceId: string;
  /** ISO 8601 */
  configurationItemCaptureTime: string;
  configurationItemStatus: string;
  configuration: Record<string, unknown> | null;
};

/** INSUFFICIENT_DATA is none of them: PutEvaluations does not take it. */
export type Verdict = {
  complianceType: 'COMPLIANT' | 'NON_COMPLIANT' | 'NOT_APPLICABLE';
  annotation?: string;
};

const ROLE = 'AWS::IAM::Role';
/** Only AWS makes roles there, and only the service that owns one can assume it. */
const SERVICE_LINKED = '/aws-service-role/';
const ALIVE = ['OK', 'ResourceDiscovered'];
const LONGEST_ANNOTATION = 256;

/**
 * IAM roles may be assumed only from inside the organization. A role whose trust policy cannot be read is
 * NON_COMPLIANT: it must not look right because we do not understand it.
 */
export function evaluate(item: ConfigurationItem, rules: TrustRules): Verdict {
  const { configuration } = item;
  if (item.resourceType !== ROLE || !ALIVE.includes(item.configurationItemStatus))
    return { complianceType: 'NOT_APPLICABLE' };
  if (typeof configuration?.path === 'string' && configuration.path.startsWith(SERVICE_LINKED))
    return { complianceType: 'NOT_APPLICABLE' };
  const policy = configuration?.assumeRolePolicyDocument;
  if (typeof policy !== 'string') return refused('The trust policy is not in the configuration item.');
  const organizationAccounts = [...rules.organizationAccounts, item.awsAccountId];
  try {
    const [first, ...more] = strangersOf(policy, { ...rules, organizationAccounts });
    if (first === undefined) return { complianceType: 'COMPLIANT' };
    return refused(`Trust policy: ${first}${more.length > 0 ? `, and ${more.length} more` : ''}.`);
  } catch (error) {
    if (!(error instanceof UnreadablePolicy)) throw error;
    return refused(`The trust policy cannot be read: ${error.message}.`);
  }
}

function refused(annotation: string): Verdict {
  const isLong = annotation.length > LONGEST_ANNOTATION;
  return {
    complianceType: 'NON_COMPLIANT',
    annotation: isLong ? `${annotation.slice(0, LONGEST_ANNOTATION - 1)}…` : annotation,
  };
}

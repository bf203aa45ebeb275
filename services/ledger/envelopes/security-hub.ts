import type { Envelope } from '../envelope.schema.ts';
import { arnOf, type EventKind, factOf, present, type Reading, type TrustedSource } from './kind.ts';
import { CustomActionDetail, type Finding, ImportedDetail } from './security-hub.schema.ts';

/** Findings of Security Hub's own controls. Whoever imports findings writes them, under an ARN of their own account. */
const OWN_PRODUCT = /^arn:aws[a-z-]*:securityhub:[a-z0-9-]*::product\/aws\/securityhub$/;

/** An account speaks for itself; where Security Hub is administered, for all. */
function mayBeSaid({ account }: Envelope, finding: Finding, trusted: TrustedSource): boolean {
  if (!OWN_PRODUCT.test(finding.ProductArn)) return false;
  if (arnOf(finding.Id)?.account !== finding.AwsAccountId) return false;
  return [finding.AwsAccountId, trusted.managementAccountId, trusted.auditAccountId].includes(account);
}

const aboutOf = (envelope: Envelope, finding: Finding) => ({
  region: finding.Region ?? arnOf(finding.Id)?.region ?? envelope.region,
  findingId: finding.Id,
  control: finding.Compliance.SecurityControlId ?? finding.ProductFields?.ControlId,
  standard: finding.ProductFields?.StandardsArn,
  resourceType: finding.Resources[0]?.Type,
  resourceId: finding.Resources[0]?.Id,
});

/**
 * Identified by the finding, when it was updated, and what it says: `GetFindings` has the same. This is Security Hub's
 * judgement with words of its own (PASSED, FAILED); where it leans on a Config rule, that rule's name is beside it, and
 * what Config says of that rule is another fact.
 */
function readImported(envelope: Envelope, trusted: TrustedSource): Reading | undefined {
  const detail = ImportedDetail.safeParse(envelope.detail).data;
  if (!detail?.findings.every((finding) => mayBeSaid(envelope, finding, trusted))) return undefined;
  const facts = detail.findings.map((finding, nth) => {
    const about = aboutOf(envelope, finding);
    const { Status: status, StatusReasons: reasons } = finding.Compliance;
    const record = finding.RecordState ?? 'ACTIVE';
    const workflow = finding.Workflow?.Status ?? 'NEW';
    const version = finding.UpdatedAt;
    const rule =
      finding.ProductFields?.['RelatedAWSResources:0/type'] === 'AWS::Config::ConfigRule'
        ? finding.ProductFields['RelatedAWSResources:0/name']
        : undefined;
    return factOf(
      envelope,
      {
        type: 'SecurityFindingChanged',
        meaning: [
          'finding',
          finding.AwsAccountId,
          about.region,
          status,
          record,
          workflow,
          version,
          finding.Id,
        ],
        version,
        at: version,
        accountId: finding.AwsAccountId,
        data: present({
          ...about,
          status,
          reasons,
          severity: finding.Severity?.Label,
          workflow,
          record,
          title: finding.Title,
          rule,
        }),
      },
      nth,
    );
  });
  return { facts };
}

/** Somebody asked for something to be done about findings. It happened once, so its envelope identifies it. */
function readCustomAction(envelope: Envelope, trusted: TrustedSource): Reading | undefined {
  const detail = CustomActionDetail.safeParse(envelope.detail).data;
  if (!detail?.findings.every((finding) => mayBeSaid(envelope, finding, trusted))) return undefined;
  const facts = detail.findings.map((finding, nth) =>
    factOf(
      envelope,
      {
        type: 'SecurityFindingActionAsked',
        meaning: ['finding-action', envelope.account, envelope.region, envelope.id, nth],
        version: finding.UpdatedAt,
        accountId: finding.AwsAccountId,
        data: present({
          action: detail.actionName,
          description: detail.actionDescription,
          ...aboutOf(envelope, finding),
          status: finding.Compliance.Status,
        }),
      },
      nth,
    ),
  );
  return { facts };
}

const source = 'aws.securityhub';

export const securityHubKinds: readonly EventKind[] = [
  {
    source,
    detailType: 'Security Hub Findings - Imported',
    speaker: 'security',
    fact: 'SecurityFindingChanged',
    changes: 'timeline; kept apart from the compliance that Config says',
    read: readImported,
  },
  {
    source,
    detailType: 'Security Hub Findings - Custom Action',
    speaker: 'security',
    fact: 'SecurityFindingActionAsked',
    changes: 'timeline',
    read: readCustomAction,
  },
];

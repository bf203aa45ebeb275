import { actionOfEvent } from './cloudtrail-actions.ts';
import type { CloudTrailRecord } from './cloudtrail-record.schema.ts';
import { recordedResource } from './cloudtrail-resource.ts';
import { principalOf } from './principal.ts';
import type { PolicyRequest } from './request-context.ts';

/** What a record tells of the call, as a question to the evaluator; keys that it does not tell are unknown, not absent. */
export type RecordedCall =
  | { kind: 'call'; request: PolicyRequest; maybeAlso: readonly string[] }
  /** No policy of an organization decided about it. */
  | { kind: 'not-applied' }
  | { kind: 'unclear'; why: string };

/** The call behind a record of CloudTrail. */
export function recordedCall(record: CloudTrailRecord): RecordedCall {
  const { userIdentity: who, eventType } = record;
  // An event that a service made about itself is nobody's request. GetCallerIdentity needs no permission, and no policy
  // can deny it (STS reference).
  const unasked = record.eventSource === 'sts.amazonaws.com' && record.eventName === 'GetCallerIdentity';
  if (eventType === 'AwsServiceEvent' || unasked) return { kind: 'not-applied' };
  if (eventType && eventType !== 'AwsApiCall') return unclear(`${eventType} is not a call to an API`);
  const ofService = who.type === 'AWSService';
  const principalArn = ofService ? '' : principalArnOf(record);
  const accountId = ofService ? '' : (who.accountId ?? principalOf(who.arn ?? '').accountId);
  if (principalArn === undefined || accountId === undefined) {
    return unclear(`the principal of type ${who.type ?? 'none'} has no ARN in the record`);
  }
  const ofVersion = typeof record.requestParameters?.versionId === 'string';
  const mapped = actionOfEvent({ ...record, ofVersion });
  if (mapped === undefined) {
    return ofService
      ? { kind: 'not-applied' }
      : unclear(`the action behind ${record.eventSource} ${record.eventName} is not known`);
  }
  const { action, maybeAlso } = mapped;
  const request = {
    action,
    resource: recordedResource(record, action, accountId),
    principalArn,
    accountId,
    region: record.awsRegion,
    context: contextOf(record, action),
  };
  return { kind: 'call', request, maybeAlso: [...maybeAlso, ...objectExtras(record, action)] };
}

const unclear = (why: string): RecordedCall => ({ kind: 'unclear', why });

/** What an upload asks for besides the object is in its headers, which S3 records as parameters. */
function objectExtras({ requestParameters }: CloudTrailRecord, action: string): string[] {
  if (action !== 's3:PutObject') return [];
  const names = Object.keys(requestParameters ?? {})
    .join(' ')
    .toLowerCase();
  return [
    ...(/x-amz-(acl|grant)/.test(names) ? ['s3:PutObjectAcl'] : []),
    ...(names.includes('x-amz-tagging') ? ['s3:PutObjectTagging'] : []),
    ...(names.includes('x-amz-object-lock') ? ['s3:PutObjectRetention', 's3:PutObjectLegalHold'] : []),
  ];
}

/** Was the call refused for want of permission when it was made? */
export const wasDenied = ({ errorCode }: CloudTrailRecord): boolean =>
  /access.?denied|unauthorized|not.?authorized/i.test(errorCode ?? '');

function principalArnOf({ userIdentity: who }: CloudTrailRecord): string | undefined {
  const issuer = who.sessionContext?.sessionIssuer;
  switch (who.type) {
    case 'Root':
      return String(who.sessionContext?.assumedRoot) === 'true'
        ? `arn:aws:sts::${who.accountId ?? ''}:assumed-root`
        : (who.arn ?? undefined);
    case 'IAMUser':
    case 'FederatedUser':
      return who.arn ?? undefined;
    case 'AssumedRole': {
      if (String(who.sessionContext?.assumedRoot) === 'true') return who.arn ?? undefined;
      // The issuer's ARN has the path that the session's has lost; a service-linked role without its path has lost it.
      const role = issuer?.type === 'Role' ? (issuer.arn ?? undefined) : undefined;
      return role !== undefined && !/:role\/AWSServiceRoleFor/.test(role) ? role : (who.arn ?? undefined);
    }
    default:
      return undefined;
  }
}

const IP_ADDRESS = /^(\d{1,3}(\.\d{1,3}){3}|[0-9a-fA-F:]*:[0-9a-fA-F:.]*)$/;

/** Condition keys that a record tells. An empty list says that the key was surely not in the request. */
function contextOf(record: CloudTrailRecord, action: string): Record<string, string | string[]> {
  const { userIdentity: who } = record;
  const context: Record<string, string | string[]> = {
    'aws:CurrentTime': record.eventTime,
    'aws:EpochTime': String(Math.floor(Date.parse(record.eventTime) / 1000)),
  };
  const put = (key: string, value: string | string[] | null | undefined): void => {
    if (value !== undefined && value !== null) context[key] = value;
  };
  if (who.type === 'AWSService') put('aws:PrincipalIsAWSService', 'true');
  put('aws:userid', who.principalId);
  const attributes = who.sessionContext?.attributes;
  // Long-term credentials carry no MFA key at all; a session's record says which it was.
  const longTerm = who.type === 'IAMUser' && !who.sessionContext;
  put('aws:MultiFactorAuthPresent', longTerm ? [] : attributes?.mfaAuthenticated);
  put('aws:TokenIssueTime', longTerm ? [] : attributes?.creationDate);
  // S3 puts its user agents in brackets, and CloudTrail shortens long ones.
  if (record.userAgent && !/^\[|\.\.\.$/.test(record.userAgent)) put('aws:UserAgent', record.userAgent);
  if (record.tlsDetails) {
    put('aws:SecureTransport', 'true');
    const version = /^TLSv(\d\.\d)$/.exec(record.tlsDetails.tlsVersion ?? '')?.[1];
    if (action.startsWith('s3:')) put('s3:TlsVersion', version);
  }
  put('aws:SourceVpce', record.vpcEndpointId);
  // Called by a service, or through an endpoint, the address is not what aws:SourceIp held.
  const direct = !who.invokedBy && !record.vpcEndpointId && IP_ADDRESS.test(record.sourceIPAddress ?? '');
  if (direct) put('aws:SourceIp', record.sourceIPAddress);
  return context;
}

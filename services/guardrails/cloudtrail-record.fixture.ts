import type { CloudTrailRecord } from './cloudtrail-record.schema.ts';

/** A record of a role's session, as CloudTrail writes it, with some of its members replaced. */
export const record = (changes: Partial<CloudTrailRecord> = {}, role = 'Developer'): CloudTrailRecord => ({
  eventVersion: '1.11',
  userIdentity: {
    type: 'AssumedRole',
    principalId: 'AROAEXAMPLEID1234567:ana',
    arn: `arn:aws:sts::444455556666:assumed-role/${role}/ana`,
    accountId: '444455556666',
    accessKeyId: 'ASIAEXAMPLEKEY000000',
    sessionContext: {
      sessionIssuer: {
        type: 'Role',
        principalId: 'AROAEXAMPLEID1234567',
        arn: `arn:aws:iam::444455556666:role/${role}`,
        accountId: '444455556666',
        userName: role,
      },
      attributes: { creationDate: '2026-03-04T10:00:00Z', mfaAuthenticated: 'false' },
    },
  },
  eventTime: '2026-03-04T10:15:30Z',
  eventSource: 'ec2.amazonaws.com',
  eventName: 'RunInstances',
  awsRegion: 'us-east-1',
  sourceIPAddress: '192.0.2.10',
  userAgent: 'aws-sdk-js/3.900.0',
  requestParameters: {},
  responseElements: null,
  eventType: 'AwsApiCall',
  managementEvent: true,
  recipientAccountId: '444455556666',
  eventCategory: 'Management',
  tlsDetails: { tlsVersion: 'TLSv1.3', cipherSuite: 'TLS_AES_128_GCM_SHA256' },
  ...changes,
});

/** A statement of an IAM policy, as JSON has it. Strings may hold CloudFormation's pseudo parameters as CDK tokens. */
export type Statement = {
  Sid: string;
  Effect: 'Allow';
  Action: string[];
  Resource: string[];
  Condition?: Record<string, Record<string, string | string[]>>;
};

/** Where the machines live, and what a deployment says of it. */
export type Place = {
  partition: string;
  region: string;
  managementAccountId: string;
  organizationId: string;
  /** The Account Factory product of Service Catalog. */
  productId: string;
  inboxArn: string;
  inboxKeyArn: string;
  artifactBucket: string;
};

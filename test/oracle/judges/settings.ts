import { deepEqual } from 'node:assert/strict';
import type { Judge } from './resource-judges.ts';

type Settings = Record<
  'PasswordPolicy' | 'EbsEncryption' | 'InstanceMetadata' | 'S3PublicAccessBlock',
  object
>;

/** What the function of the security baseline has set, asked of each service itself. */
export const judgeSettings: Judge<Partial<Settings>> = (ask, planned) => {
  const AccountId = ask('sts', 'GetCallerIdentity').Account;
  const found: Record<keyof Settings, () => object> = {
    PasswordPolicy: () => ask('iam', 'GetAccountPasswordPolicy').PasswordPolicy,
    EbsEncryption: () => ask('ec2', 'GetEbsEncryptionByDefault'),
    InstanceMetadata: () => ask('ec2', 'GetInstanceMetadataDefaults').AccountLevel,
    S3PublicAccessBlock: () =>
      ask('s3control', 'GetPublicAccessBlock', { AccountId }).PublicAccessBlockConfiguration,
  };
  for (const [name, ask] of Object.entries(found)) {
    const wanted = planned[name as keyof Settings];
    if (wanted) deepEqual(only(ask(), Object.keys(wanted)), asText(wanted));
  }
};

/** CloudFormation hands every value to a function as text. */
const asText = (values: object): object =>
  Object.fromEntries(Object.entries(values).map(([key, value]) => [key, String(value)]));

const only = (values: object, keys: string[]): object =>
  asText(Object.fromEntries(keys.map((key) => [key, (values as Record<string, unknown>)[key]])));

import type { DriftChecked, InstanceFinding, ResourceFinding, StackFinding } from './check.schema.ts';

const DIGEST = `sha256:${'2'.repeat(64)}`;

export const stackFound = (changes: Partial<StackFinding> = {}): StackFinding => ({
  name: 'vpc',
  stackName: 'jetway-vpc',
  planned: DIGEST,
  state: 'COMPARED',
  status: 'CREATE_COMPLETE',
  digest: DIGEST,
  resources: [],
  changed: 0,
  why: '',
  detections: ['detection-vpc'],
  ...changes,
});

export const openedGroup: ResourceFinding = {
  logicalId: 'Group',
  physicalId: 'sg-1',
  resourceType: 'AWS::EC2::SecurityGroup',
  difference: 'MODIFIED',
  properties: [
    {
      path: '/SecurityGroupIngress/0/CidrIp',
      change: 'NOT_EQUAL',
      expected: '10.0.0.0/8',
      actual: '0.0.0.0/0',
    },
  ],
  changes: 2,
};

export const instanceFound = (changes: Partial<InstanceFinding> = {}): InstanceFinding => ({
  name: 'guardrails-detective',
  stackSetName: 'jetway-guardrails-detective-222222222222',
  region: 'eu-west-1',
  controls: ['AWS-GR_ENCRYPTED_VOLUMES'],
  state: 'CURRENT',
  drift: 'NOT_CHECKED',
  reason: '',
  ...changes,
});

/** An account that has everything, but for `changes`. */
export const driftChecked = (changes: Partial<DriftChecked> = {}): DriftChecked => ({
  checkId: 'drift-1',
  region: 'us-east-1',
  stacks: [stackFound()],
  instances: [instanceFound()],
  policies: [
    {
      policyName: 'jetway-aaaa',
      controls: ['AWS-GR_RESTRICT_ROOT_USER', 'AWS-GR_REGION_DENY'],
      state: 'ATTACHED',
    },
  ],
  rules: [{ ruleName: 'jetway-volumes', control: 'AWS-GR_ENCRYPTED_VOLUMES', state: 'ACTIVE' }],
  controls: [{ control: 'AWS-GR_CLOUDTRAIL_ENABLED', state: 'ENFORCED' }],
  trouble: [],
  ...changes,
});

import { expect, it } from 'vitest';
import { actionsUsed } from '../asl/actions.ts';
import template from '../blueprints/traffic-mirroring/traffic-mirroring.template.json' with { type: 'json' };
import { machineRole } from '../index.ts';
import { mirrorAttach } from './definition.ts';

it('trusts the role of mirror-attach alone, and only when that machine takes it', () => {
  const { Statement } = template.Resources.MirrorRole.Properties.AssumeRolePolicyDocument;
  const partition = '$' + '{AWS::Partition}';
  const management = '$' + '{ManagementAccountId}';
  const region = '$' + '{AWS::Region}';
  expect(Statement).toEqual([
    {
      Sid: 'MirrorAttachOnly',
      Effect: 'Allow',
      Principal: {
        AWS: { 'Fn::Sub': `arn:${partition}:iam::${management}:role/${machineRole('mirror-attach')}` },
      },
      Action: 'sts:AssumeRole',
      Condition: {
        StringEquals: {
          'sts:ExternalId': {
            'Fn::Sub': `arn:${partition}:states:${region}:${management}:stateMachine:mirror-attach`,
          },
        },
      },
    },
  ]);
});

it('may do what the machine calls with it, and nothing else', () => {
  const allowed = template.Resources.MirrorRole.Properties.Policies.flatMap(({ PolicyDocument }) =>
    PolicyDocument.Statement.flatMap(({ Action }) => Action),
  );
  const called = actionsUsed(mirrorAttach)
    .filter(({ credentials }) => credentials === 'jetway-mirror')
    .map(({ service, action }) => `${service}:${action}`);
  expect(allowed.sort()).toEqual(called.sort());
});

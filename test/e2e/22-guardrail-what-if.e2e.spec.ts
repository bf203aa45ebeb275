import { afterAll, beforeAll, expect, it } from 'vitest';
import { record } from '../../services/guardrails/cloudtrail-record.fixture.ts';
import { requestBody, startService, type TestService } from '../support/jetway.ts';

let jetway: TestService;
beforeAll(async () => {
  jetway = await startService();
});
afterAll(() => jetway?.close());

it('says before anything is attached what guardrails would deny, in the running landing zone', async () => {
  const developer = 'arn:aws:iam::444455556666:role/Developer';
  const call = { resource: '*', principalArn: developer, region: 'ap-south-1' };
  const trail = 'arn:aws:cloudtrail:us-east-1:444455556666:trail/aws-controltower-BaselineCloudTrail';
  const { status, body } = await jetway.as('ana').post('/v1/guardrails/simulate', {
    organizationalUnitId: 'ou-ab12-workloads',
    guardrails: ['AWS-GR_REGION_DENY'],
    requests: [
      { ...call, action: 'ec2:RunInstances' },
      { ...call, action: 'ec2:RunInstances', region: 'us-east-1' },
      { ...call, action: 'cloudtrail:StopLogging', resource: trail, region: 'us-east-1' },
    ],
    cloudTrailRecords: [
      record({ awsRegion: 'ap-south-1' }),
      record({ awsRegion: 'ap-south-1' }, 'Auditor'),
      record({ eventSource: 'novelty.amazonaws.com' }),
    ],
  });
  expect({ status, body }).toMatchObject({ status: 200, body: { items: expect.any(Array) } });
  const decisions = body.items.map((item: { decision: string }) => item.decision);
  expect(decisions).toEqual(['denied', 'allowed', 'denied', 'denied', 'denied', 'unknown']);
  expect(body.items[0].by).toEqual([{ control: 'AWS-GR_REGION_DENY', sid: 'GRREGIONDENY' }]);
  expect(body.summary).toEqual({ denied: 2, unknown: 1, principals: 2, alreadyDenied: 0 });
});

it('is explained to the approver in words', async () => {
  const asked = await jetway.submit(requestBody('explained', { guardrails: ['AWS-GR_RESTRICT_ROOT_USER'] }));
  const { text } = await jetway.message(asked.id);
  expect(text).toMatch(/Guardrail: AWS-GR_RESTRICT_ROOT_USER \(.+\) denies everything, to the root user/);
});

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { rootFencePolicy } from '../../services/guardrails/fence.ts';
import { EXAMPLE_LANDING_ZONE, ROOT_FENCE_ID } from './landing-zone.ts';
import { openTestAws } from './local-aws.fixture.ts';
import { openLocalAws } from './open.ts';

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'jetway-aws-'));
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

it('brings the fence of an earlier version up to date, in its place', async () => {
  const old = '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}';
  const before = await openTestAws({ dataDir, fencePolicies: { root: old, quarantine: old } });
  await before.close();

  const aws = await openLocalAws({ dataDir, timeScale: 0, port: null, artifact: () => undefined });
  const policy = aws.dispatcher.call(
    'organizations',
    'DescribePolicy',
    { PolicyId: ROOT_FENCE_ID },
    aws.caller,
  );
  const { Targets } = aws.dispatcher.call(
    'organizations',
    'ListTargetsForPolicy',
    { PolicyId: ROOT_FENCE_ID },
    aws.caller,
  ) as { Targets: { TargetId: string }[] };
  await aws.close();

  expect(policy).toMatchObject({ Policy: { Content: rootFencePolicy(EXAMPLE_LANDING_ZONE) } });
  expect(Targets.map(({ TargetId }) => TargetId)).toEqual([EXAMPLE_LANDING_ZONE.rootId]);
});

import { afterAll, describe, expect, it } from 'vitest';
import { statesOf } from '../asl/walk.ts';
import { refuse, type Script, times, type Walked, walk } from '../walk.fixture.ts';
import { organizationReconcile } from './definition.ts';
import { OrganizationReconcileInput } from './input.schema.ts';
import { organizationWorld } from './world.fixture.ts';

const visited = new Set<string>();
type World = ReturnType<typeof organizationWorld>;

async function reconcile(
  change: (world: World) => void = () => undefined,
  script: Script = {},
): Promise<Walked> {
  const world = organizationWorld();
  change(world);
  const walked = await walk({
    name: 'organization-reconcile',
    definition: organizationReconcile,
    executionName: 'snap-1',
    input: OrganizationReconcileInput.parse({ snapshotId: 'snap-1', reason: 'test' }),
    world: (action, args) => {
      const call = world.calls[action];
      if (!call) throw new Error(`the world has no ${action}`);
      return call(args);
    },
    script,
    asks: {},
  });
  for (const state of walked.visited) visited.add(state);
  return walked;
}

const partsOf = (walked: Walked, kind: string): Record<string, unknown>[] =>
  walked.facts
    .filter((fact) => fact.type === 'SnapshotPart' && fact.data.kind === kind)
    .map((fact) => fact.data.value as Record<string, unknown>);
const merged = (walked: Walked, kind: string, member: string): unknown[] =>
  partsOf(walked, kind).flatMap((value) => value[member] as unknown[]);

describe('home is not us-east-1', () => {
  it('reads an organization whose quotas are not told there, and says that there were none', async () => {
    const walked = await reconcile(undefined, {
      'servicequotas:listServiceQuotas': [
        refuse(
          'ServiceQuotas.NoSuchResourceException',
          'The request failed because the specified service does not exist.',
        ),
      ],
    });
    expect(walked.status).toBe('SUCCEEDED');
    expect(
      partsOf(walked, 'quotas').map((value) => [value.ServiceCode, (value.Quotas as unknown[]).length]),
    ).toEqual([
      ['organizations', 0],
      ['controltower', 3],
    ]);
  });
});

describe('a whole organization', async () => {
  const walked = await reconcile();

  it('numbers its parts, and says how many there were', () => {
    expect(walked.status).toBe('SUCCEEDED');
    const parts = walked.facts.filter((fact) => fact.type === 'SnapshotPart').map((fact) => fact.data.part);
    expect(parts).toEqual(parts.map((_, index) => index + 1));
    expect(walked.facts.at(-1)).toMatchObject({
      type: 'SnapshotCompleted',
      data: { snapshotId: 'snap-1', parts: parts.length },
    });
    expect(walked.facts.map((fact) => fact.order)).toEqual(walked.facts.map((_, index) => index + 1));
  });

  it('says what the organization is', () => {
    expect(partsOf(walked, 'organization')).toEqual([
      {
        Organization: { Id: 'o-exampleorg1', MasterAccountId: '111122223333', FeatureSet: 'ALL' },
        Root: {
          Id: 'r-ab12',
          Arn: 'arn:aws:organizations::111122223333:root/o-exampleorg1/r-ab12',
          Name: 'Root',
        },
        LandingZone: {
          arn: 'arn:aws:controltower:us-east-1:111122223333:landingzone/1A2B3C4D5E6F7G8H',
          version: '3.3',
          status: 'ACTIVE',
          governedRegions: ['us-east-1', 'eu-west-1'],
        },
        HomeRegion: 'us-east-1',
        ReadFrom: '2026-03-04T10:00:00.000Z',
      },
    ]);
  });

  it('walks the tree breadth first', () => {
    const units = partsOf(walked, 'unit');
    expect(units.map((unit) => [unit.Path, unit.ParentId, unit.Baseline])).toEqual([
      ['', null, null],
      ['Security', 'r-ab12', 'SUCCEEDED'],
      ['Workloads', 'r-ab12', 'SUCCEEDED'],
      ['Sandbox', 'r-ab12', null],
      ['Workloads/Prod', 'ou-ab12-workloads', 'SUCCEEDED'],
    ]);
    expect(units[0]).toMatchObject({
      EnabledControls: [],
      Policies: [{ Id: 'p-FullAWSAccess', Name: 'FullAWSAccess' }, {}, {}],
    });
    expect(units[1]?.EnabledControls).toEqual(
      ['A', 'B', 'C'].map((id) => ({
        arn: `arn:aws:controltower:us-east-1:111122223333:enabledcontrol/${id}`,
        controlIdentifier: `arn:aws:controltower:us-east-1::control/AWS-GR_${id}`,
        status: 'SUCCEEDED',
      })),
    );
  });

  it('lists the accounts of each unit, and none where there is none', () => {
    expect(
      partsOf(walked, 'accounts').map((value) => [value.ParentId, (value.Accounts as unknown[]).length]),
    ).toEqual([
      ['r-ab12', 1],
      ['ou-ab12-security1', 3],
    ]);
    expect(merged(walked, 'accounts', 'Accounts')[0]).toEqual({
      Id: '111122223333',
      Name: 'account 111122223333',
      Email: '111122223333@example.com',
      State: 'ACTIVE',
      JoinedTimestamp: '2026-01-01T00:00:00.000Z',
    });
  });

  it('lists policies, quotas, products and people', () => {
    expect(merged(walked, 'policies', 'Policies')).toEqual([
      { Id: 'p-FullAWSAccess', Name: 'FullAWSAccess', AwsManaged: true },
      { Id: 'p-one00000', Name: 'one', AwsManaged: false },
      { Id: 'p-two00000', Name: 'two', AwsManaged: false },
      { Id: 'p-jetwayquarantine', Name: 'jetway-quarantine', AwsManaged: false },
    ]);
    expect(
      partsOf(walked, 'quotas').map((value) => [value.ServiceCode, (value.Quotas as unknown[]).length]),
    ).toEqual([
      ['organizations', 3],
      ['controltower', 3],
    ]);
    expect(partsOf(walked, 'product')).toEqual([
      {
        ProductId: 'prod-accountfactory',
        Name: 'AWS Control Tower Account Factory',
        Artifacts: [
          { Id: 'pa-1', Name: 'version pa-1', Active: false },
          { Id: 'pa-2', Name: 'version pa-2', Active: true },
        ],
      },
    ]);
    expect(merged(walked, 'provisioned-products', 'ProvisionedProducts')).toHaveLength(3);
    expect(partsOf(walked, 'identity-center')).toHaveLength(1);
    expect(merged(walked, 'permission-sets', 'PermissionSets')).toMatchObject([
      { Name: 'set 1' },
      { Name: 'set 2' },
      { Name: 'set 3' },
    ]);
    expect(merged(walked, 'groups', 'Groups')).toHaveLength(3);
  });

  it('reads the content of what binds a unit, once each, and of the quarantine', () => {
    expect(partsOf(walked, 'policy')).toEqual(
      ['p-one00000', 'p-two00000', 'p-jetwayquarantine'].map((id) => ({
        PolicyId: id,
        Content: `content of ${id}`,
      })),
    );
  });

  it('only reads', () => {
    const verbs = walked.calls.map((call) => call.action.split(':')[1] ?? '');
    expect(verbs.filter((verb) => !/^(describe|list|get|search|sendMessage)/.test(verb))).toEqual([]);
  });
});

describe('a snapshot with a hole is none', () => {
  const failureOf = (walked: Walked) => walked.facts.at(-1);

  const tasks = statesOf(organizationReconcile).flatMap(([name, state]) =>
    state.Type === 'Task' && state.Resource.includes('aws-sdk')
      ? [[name, state.Resource.split('aws-sdk:')[1] ?? '']]
      : [],
  );
  it.each(tasks)('%s fails', async (_name, action) => {
    const walked = await reconcile(undefined, {
      [action]: times(9, refuse('States.TaskFailed', 'for good')),
    });
    expect(failureOf(walked)).toMatchObject({
      type: 'SnapshotFailed',
      data: { snapshotId: 'snap-1', error: 'States.TaskFailed', cause: 'for good' },
    });
    expect(walked.status).toBe('FAILED');
  });

  it.each([
    ['NoLandingZone', ({ state }: World) => void state.landingZones.pop()],
    ['NoAccountFactory', ({ state }: World) => void state.products.pop()],
    ['NoIdentityCenter', ({ state }: World) => void state.instances.pop()],
  ])('%s', async (error, change) => {
    const walked = await reconcile(change);
    expect(failureOf(walked)).toMatchObject({ type: 'SnapshotFailed', data: { error } });
  });

  it('a part cannot be said', async () => {
    const walked = await reconcile(undefined, {
      'fact:SnapshotPart': times(9, refuse('SQS.AmazonSQSException')),
    });
    expect(walked.facts.map((fact) => fact.type)).toEqual(['SnapshotFailed']);
  });

  it('the organization is larger than one execution can read', async () => {
    const walked = await reconcile(({ state }) => {
      state.units = Array.from({ length: 360 }, (_, n) => ({
        Id: `ou-ab12-many${String(n).padStart(5, '0')}`,
        Arn: `arn:aws:organizations::111122223333:ou/o-exampleorg1/ou-ab12-many${String(n).padStart(5, '0')}`,
        Name: `Unit ${n}`,
        ParentId: 'r-ab12',
      }));
    });
    expect(failureOf(walked)).toMatchObject({ data: { error: 'OrganizationTooLarge' } });
    expect(walked.events).toBeLessThan(25_000);
  }, 60_000);

  it('more policies are attached than one execution can read', async () => {
    const attached = (count: number) => (world: World) => {
      world.calls['organizations:listPoliciesForTarget'] = () => ({
        Policies: Array.from({ length: count }, (_, n) => ({
          Id: `p-${10_000_000 + n}`,
          Name: `policy ${n}`,
        })),
      });
    };
    expect(failureOf(await reconcile(attached(2_000)))).toMatchObject({
      data: {
        error: 'OrganizationTooLarge',
        cause: 'One reconcile cannot read 5 organizational units and the 2001 policies attached to them.',
      },
    });
    const [few, many] = [await reconcile(attached(1)), await reconcile(attached(101))];
    expect(many.status).toBe('SUCCEEDED');
    expect(many.events - few.events, 'the count that the refusal reckons with').toBe(12 * 100);
  }, 60_000);

  it('hundreds of accounts go in parts', async () => {
    const walked = await reconcile(({ state }) => {
      const many = Array.from({ length: 450 }, (_, n) => String(500_000_000_000 + n));
      state.accounts.set('ou-ab12-sandboxes', many);
    });
    const parts = partsOf(walked, 'accounts').filter((value) => value.ParentId === 'ou-ab12-sandboxes');
    expect(parts.map((value) => (value.Accounts as unknown[]).length)).toEqual([200, 200, 50]);
  }, 60_000);
});

afterAll(() => {
  const missing = statesOf(organizationReconcile)
    .map(([name]) => name)
    .filter((name) => !visited.has(name));
  expect(missing, 'states that no walk has visited').toEqual([]);
});

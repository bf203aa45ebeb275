import { afterAll, describe, expect, it } from 'vitest';
import { Live } from '../../services/landing-zone/live.schema.ts';
import { statesOf } from '../asl/walk.ts';
import { answer, loseReply, refuse, type Script, times, type Walked, walk } from '../walk.fixture.ts';
import { landingZone } from './definition.ts';
import { LandingZoneInput, type LandingZoneStep } from './input.schema.ts';
import { control, type LandingZoneWorld, landingZoneWorld } from './world.fixture.ts';

const visited = new Set<string>();
const WATCH = {
  accounts: ['222233334444', '333344445555', '999999999999'],
  product: 'AWS Control Tower Account Factory',
  groups: ['known', 'unknown'],
  permissionSets: ['Admin', 'Reader', 'Missing'],
  units: ['Workloads', 'New'],
  parameters: [control('AWS-GR_B'), 'CT.S3.PV.1'],
  policies: ['jetway-quarantine', 'jetway-root-fence'],
  controls: ['CT.S3.PV.1', 'SH.S3.1', 'CT.NOTHING.PR.1'],
};

async function run(
  input: Partial<LandingZoneInput> = {},
  change: (state: LandingZoneWorld['state']) => void = () => undefined,
  script: Script = {},
): Promise<Walked & { state: LandingZoneWorld['state'] }> {
  const { state, calls } = landingZoneWorld();
  change(state);
  const walked = await walk({
    name: 'landing-zone',
    definition: landingZone,
    executionName: 'run-1',
    input: LandingZoneInput.parse({
      mode: 'read',
      watch: WATCH,
      networkOffSinceMs: Date.parse('2026-01-16T00:00:00Z'),
      steps: [],
      ...input,
    }),
    world: (action, args) => {
      const call = calls[action];
      if (!call) throw new Error(`the world has no ${action}`);
      try {
        return call(args);
      } catch (error) {
        const { taskError } = error as { taskError?: string };
        if (taskError === undefined) throw error;
        return refuse(taskError)(() => undefined);
      }
    },
    script,
    asks: {},
  });
  for (const name of walked.visited) visited.add(name);
  return { ...walked, state };
}

const apply = (
  steps: LandingZoneStep[],
  change?: (state: LandingZoneWorld['state']) => void,
  script?: Script,
) => run({ mode: 'apply', steps }, change, script);
const writes = ({ calls }: Walked) =>
  calls.map(({ action }) => action).filter((action) => /:(create|enable|update|attach|put)/.test(action));

describe('read', () => {
  it('says everything that a plan is made from, and changes nothing', async () => {
    const walked = await run({}, (state) => {
      state.factoryVpcs = ['444455556666', '111122223333', '444455556666'];
    });
    expect(walked.status).toBe('SUCCEEDED');
    expect(writes(walked)).toEqual([]);
    const live = Live.parse(walked.output);
    expect(live).toMatchObject({
      organizationId: 'o-exampleorg1',
      managementAccountId: '111122223333',
      homeRegion: 'us-east-1',
      landingZone: { version: '3.3', auditAccountId: '333344445555', logArchiveAccountId: '222233334444' },
      trustedServices: ['config.amazonaws.com', 'sso.amazonaws.com', 'ram.amazonaws.com'],
      accountsWithFactoryVpc: ['111122223333', '444455556666'],
      product: { productId: 'prod-1', activeVersions: 1 },
      baseline: { version: '4.0' },
      groups: ['known'],
    });
    expect(live.accounts.map(({ id }) => id)).toEqual(['222233334444', '333344445555']);
    expect(live.units.map(({ path, baseline, accounts }) => [path, baseline, accounts])).toEqual([
      ['', 'NONE', 0],
      ['Security', 'NONE', 2],
      ['Workloads', 'SUCCEEDED', 0],
      ['Sandbox', 'SUCCEEDED', 0],
    ]);
    expect(live.units[2]?.controls.map(({ identifier, parameters }) => [identifier, parameters])).toEqual([
      [control('AWS-GR_A'), undefined],
      [control('AWS-GR_B'), [{ key: 'P', value: ['x'] }]],
      [control('CT.S3.PV.1'), [{ key: 'P', value: ['x'] }]],
    ]);
    expect(live.controlArns).toEqual(['CT.S3.PV.1', 'SH.S3.1'].map((id) => ({ id, arn: control(id) })));
    expect(
      live.permissionSets.map(({ name, managedPolicies, inlinePolicy }) => [
        name,
        managedPolicies.length,
        inlinePolicy,
      ]),
    ).toEqual([
      ['Admin', 3, '{}'],
      ['Reader', 3, ''],
    ]);
    expect(live.policies).toHaveLength(2);
    expect(live.rootPolicies).toContain('jetway-root-fence');
  });

  it('tells what is not there at all', async () => {
    const walked = await run({}, (state) => {
      state.products = [];
      state.instances = [];
      state.registered.clear();
      state.identityBaseline = false;
    });
    expect(Live.parse(walked.output)).toMatchObject({
      product: null,
      identityCenter: null,
      baseline: { version: '' },
      accountsWithFactoryVpc: [],
      permissionSets: [],
    });
  });

  it('ends where Control Tower has no landing zone, or the tree is too large', async () => {
    const none = await run({}, (state) => state.landingZones.splice(0));
    expect(none.error).toMatch(/^NoLandingZone: Control Tower has no landing zone in us-east-1/);
    const large = await run({}, (state) => {
      for (let n = 0; n < 360; n++)
        state.units.push({ Id: `ou-ab12-${String(n).padStart(8, '0')}`, Name: `u${n}`, ParentId: 'r-ab12' });
    });
    expect(large.error).toMatch(/^OrganizationTooLarge/);
  });
});

describe('apply', () => {
  const unit: LandingZoneStep = { kind: 'unit', path: 'New', parentPath: '', name: 'New' };
  const registration: LandingZoneStep = { kind: 'registration', path: 'New' };
  const grant = (parameters: { key: string; value: unknown }[] = []): LandingZoneStep => ({
    kind: 'control',
    path: 'New',
    control: 'AWS-GR_A',
    identifier: control('AWS-GR_A'),
    parameters,
  });

  it('refuses while something has to be switched by hand, and says where', async () => {
    const cases: [RegExp, Partial<LandingZoneWorld['state']>][] = [
      [/RAM console, Settings/, { trusted: ['sso.amazonaws.com'] }],
      [/444455556666 got one.*Network configuration/, { factoryVpcs: ['444455556666'] }],
      [/its status is PROCESSING/, { status: 'PROCESSING' }],
    ];
    for (const [words, changes] of cases) {
      const walked = await apply([unit], (state) => {
        Object.assign(state, changes);
      });
      expect(walked.error).toMatch(words);
      expect(walked.error).toMatch(/^LandingZoneNotReady/);
      expect(writes(walked)).toEqual([]);
    }
  });

  it('makes a unit, what lies in it, and what is on it, in this order', async () => {
    const walked = await apply([
      unit,
      registration,
      { kind: 'unit', path: 'New/Below', parentPath: 'New', name: 'Below' },
      grant([{ key: 'P', value: ['y'] }]),
    ]);
    expect(walked.output).toEqual({ outcome: 'APPLIED', steps: 4 });
    expect(walked.state.units.at(-1)).toMatchObject({ Name: 'Below', ParentId: 'ou-ab12-new00000' });
    expect(walked.state.controls.get('ou-ab12-new00000')?.[0]?.parameters).toEqual([
      { Key: 'P', Value: ['y'] },
    ]);
    const enable = walked.calls.find(({ action }) => action === 'controltower:enableBaseline');
    expect(enable?.arguments).toMatchObject({
      BaselineVersion: '4.0',
      Parameters: [{ Key: 'IdentityCenterEnabledBaselineArn' }],
    });
  });

  it('changes nothing the second time', async () => {
    const walked = await apply([unit, registration, grant()], (state) => {
      state.units.push({ Id: 'ou-ab12-new00000', Name: 'New', ParentId: 'r-ab12' });
      state.registered.set('ou-ab12-new00000', 'SUCCEEDED');
      state.controls.set('ou-ab12-new00000', [{ id: 'AWS-GR_A', status: 'SUCCEEDED', parameters: [] }]);
    });
    expect(walked.status).toBe('SUCCEEDED');
    expect(writes(walked)).toEqual([]);
  });

  it('finds what an answer that was lost has made', async () => {
    const walked = await apply([unit, registration, grant()], undefined, {
      'organizations:createOrganizationalUnit': [loseReply('Organizations.SdkClientException')],
      'controltower:enableBaseline': [
        loseReply('ControlTower.SdkClientException'),
        refuse('ControlTower.ConflictException'),
      ],
      'controltower:enableControl': [
        loseReply('ControlTower.SdkClientException'),
        refuse('ControlTower.ConflictException'),
      ],
    });
    expect(walked.status).toBe('SUCCEEDED');
    expect(walked.state.units.filter(({ Name }) => Name === 'New')).toHaveLength(1);
  });

  it('waits for what is under change, and gives up on what has failed', async () => {
    const made = (state: LandingZoneWorld['state']) => {
      state.units.push({ Id: 'ou-ab12-new00000', Name: 'New', ParentId: 'r-ab12' });
    };
    const failed = await apply([registration], (state) => {
      made(state);
      state.registered.set('ou-ab12-new00000', 'FAILED');
    });
    expect(failed.error).toMatch(/^UnitNotRegistered: The registration of New .* FAILED/);
    const hanging = await apply([grant()], (state) => {
      made(state);
      state.controls.set('ou-ab12-new00000', [{ id: 'AWS-GR_A', status: 'UNDER_CHANGE', parameters: [] }]);
    });
    expect(hanging.error).toMatch(/^ControlNotEnabled: AWS-GR_A on New is in state UNDER_CHANGE/);
    const broken = await apply([grant()], (state) => {
      made(state);
      state.controls.set('ou-ab12-new00000', [{ id: 'AWS-GR_A', status: 'FAILED', parameters: [] }]);
    });
    expect(broken.error).toMatch(/disable it there if it failed/);
  });

  it('brings parameters up to date, and does not try for ever', async () => {
    const standing = (state: LandingZoneWorld['state']) => {
      state.units.push({ Id: 'ou-ab12-new00000', Name: 'New', ParentId: 'r-ab12' });
      state.controls.set('ou-ab12-new00000', [
        { id: 'AWS-GR_A', status: 'SUCCEEDED', parameters: [{ Key: 'P', Value: ['x'] }] },
      ]);
    };
    const updated = await apply([grant([{ key: 'P', value: ['y'] }])], standing);
    expect(writes(updated)).toEqual(['controltower:updateEnabledControl']);
    const stubborn = await apply([grant([{ key: 'P', value: ['y'] }])], standing, {
      'controltower:updateEnabledControl': times(
        5,
        answer({ OperationIdentifier: '58f12232-26be-4735-a3e9-dd30d90f021f' }),
      ),
    });
    expect(stubborn.error).toMatch(/^ControlNotEnabled/);
  });

  it('gives up on a unit that is there and is not listed', async () => {
    const walked = await apply([unit], undefined, {
      'organizations:createOrganizationalUnit': times(
        5,
        refuse('Organizations.DuplicateOrganizationalUnitException'),
      ),
    });
    expect(walked.error).toMatch(/^UnitNotFound/);
  });

  const set = (name: string, managedPolicies: string[], inlinePolicy = ''): LandingZoneStep => ({
    kind: 'permission-set',
    name,
    description: 'words',
    sessionDuration: 'PT8H',
    managedPolicies: managedPolicies.map((one) => `arn:aws:iam::aws:policy/${one}`),
    inlinePolicy,
  });

  it('makes groups and permission sets, and gives those that are there what they lack', async () => {
    const walked = await apply([
      { kind: 'group', name: 'new-group', description: '' },
      { kind: 'group', name: 'known', description: 'x' },
      set('Missing', ['A', 'D'], '{"Version":"2012-10-17","Statement":[]}'),
      set('Reader', ['A', 'D'], '{"Version":"2012-10-17","Statement":[]}'),
      set('Admin', ['A'], '{"Version":"2012-10-17","Statement":[]}'),
    ]);
    expect(walked.status).toBe('SUCCEEDED');
    expect([...walked.state.groups]).toEqual(['known', 'new-group']);
    const [missing] = walked.state.sets.filter(({ Name }) => Name === 'Missing');
    expect(missing?.managed).toHaveLength(2);
    expect(missing?.inline).toContain('2012');
    const [admin] = walked.state.sets.filter(({ Name }) => Name === 'Admin');
    // Another policy of its own is left alone.
    expect(admin?.inline).toBe('{}');
  });

  it('waits for Identity Center, and gives up on what it never shows', async () => {
    const conflict = refuse('SsoAdmin.ConflictException');
    const late = await apply(
      [set('Reader', ['D']), { kind: 'group', name: 'new-group', description: 'x' }],
      undefined,
      {
        'ssoadmin:attachManagedPolicyToPermissionSet': [conflict, loseReply('SsoAdmin.ConflictException')],
        'identitystore:createGroup': [loseReply('Identitystore.ConflictException')],
      },
    );
    expect(late.status).toBe('SUCCEEDED');
    const never = await apply([set('Reader', ['D'])], undefined, {
      'ssoadmin:attachManagedPolicyToPermissionSet': times(20, conflict),
    });
    expect(never.error).toMatch(/^PolicyNotAttached/);
    const unseen = await apply([{ kind: 'group', name: 'new-group', description: '' }], undefined, {
      'identitystore:createGroup': [answer({ GroupId: 'g-2', IdentityStoreId: 'd-1234567890' })],
    });
    expect(unseen.error).toMatch(/^GroupNotFound/);
  });
});

afterAll(() => {
  const all = statesOf(landingZone).map(([name]) => name);
  expect(all.filter((name) => !visited.has(name))).toEqual([]);
});

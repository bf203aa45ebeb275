import { describe, expect, it } from 'vitest';
import { compileChain, FULL_AWS_ACCESS } from '../guardrails/evaluate.ts';
import { assembleSnapshot } from './assemble.ts';
import { chainLevels, chainOf, isRequestable, organizationalUnits } from './organization.ts';
import { partsOf } from './parts.fixture.ts';
import { exampleSnapshot, ROOT_FENCE_ID, snapshotWith, snapshotWithUnit } from './snapshot.fixture.ts';

const { id, takenAt } = exampleSnapshot;
const without = (kind: string) => partsOf().filter((p) => p.kind !== kind);

describe('assembleSnapshot', () => {
  it('puts the parts of the example together', () => {
    expect(assembleSnapshot(id, takenAt, partsOf()).snapshot).toEqual(exampleSnapshot);
  });

  it('needs no order between parts of different kinds', () => {
    const { snapshot } = assembleSnapshot(id, takenAt, [...partsOf()].reverse());
    expect({
      ...snapshot,
      units: [...snapshot.units].reverse(),
      quotas: [...snapshot.quotas].reverse(),
    }).toMatchObject({
      units: exampleSnapshot.units,
      product: exampleSnapshot.product,
    });
  });

  it.each(['organization', 'product', 'identity-center'])(
    'refuses an organization without its part %s',
    (kind) => {
      expect(() => assembleSnapshot(id, takenAt, without(kind))).toThrow(
        `the snapshot has no part of kind ${kind}`,
      );
    },
  );

  it('calls controls as people do, whatever Control Tower calls them', () => {
    const controls = ['CT.S3.PR.1', 'SH.S3.1', 'AWS-GR_ENCRYPTED_VOLUMES'].map((control) => ({
      id: control,
      status: 'SUCCEEDED',
    }));
    const parts = partsOf(snapshotWithUnit('ou-ab12-workloads', { controls }));
    expect(JSON.stringify(parts)).toContain('"controlIdentifier":"arn:aws:controlcatalog:::control/s3pr1"');
    const { units } = assembleSnapshot(id, takenAt, parts).snapshot;
    expect(units.find((unit) => unit.id === 'ou-ab12-workloads')?.controls).toEqual(controls);
  });

  it('refuses a part that is not as documented', () => {
    const parts = [...without('policies'), { kind: 'policies' as const, value: { Policies: [{ Id: 1 }] } }];
    expect(() => assembleSnapshot(id, takenAt, parts)).toThrow();
  });

  it('knows no number of account operations when AWS names none', () => {
    const parts = partsOf({ ...exampleSnapshot, quotas: exampleSnapshot.quotas.slice(0, 3) });
    expect(assembleSnapshot(id, takenAt, parts).snapshot.accountOperations).toBeNull();
  });

  it.each([
    [['us-east-1'], ['us-east-1']],
    [[], ['us-east-1']],
    [
      ['sa-east-1', 'us-east-1', 'eu-west-1', 'sa-east-1'],
      ['us-east-1', 'eu-west-1', 'sa-east-1'],
    ],
  ])('governs the home Region first, then the others of the manifest: %j', (governedRegions, expected) => {
    const parts = partsOf({ ...exampleSnapshot, governedRegions });
    expect(assembleSnapshot(id, takenAt, parts).snapshot.governedRegions).toEqual(expected);
  });

  it('lists every account with its place', () => {
    expect(assembleSnapshot(id, takenAt, partsOf()).accounts).toMatchObject([
      { accountId: '111122223333', parentId: 'r-ab12' },
      { accountId: '222233334444', parentId: 'ou-ab12-security1' },
      { accountId: '333344445555', parentId: 'ou-ab12-security1' },
    ]);
  });
});

describe('units', () => {
  it('of the example that take accounts', () => {
    expect(
      organizationalUnits(exampleSnapshot, () => 'one')
        .filter((u) => u.requestable)
        .map((u) => u.path),
    ).toEqual(['Sandbox', 'Workloads', 'Workloads/Prod', 'Workloads/Test']);
  });

  it('below a reserved one take none', () => {
    const snapshot = snapshotWithUnit('ou-ab12-workloadsprod', {
      path: 'Security/Prod',
      parentId: 'ou-ab12-security1',
    });
    expect(
      snapshot.units.filter((u) => isRequestable(u, snapshot, undefined)).map((u) => u.id),
    ).not.toContain('ou-ab12-workloadsprod');
  });

  it('that the settings close take none, and what lies in them neither; names mean nothing then', () => {
    const requestable = organizationalUnits(exampleSnapshot, () => 'one', ['ou-ab12-workloads'])
      .filter((u) => u.requestable)
      .map((u) => u.path);
    expect(requestable).toContain('Infrastructure');
    expect(requestable.filter((path) => path.startsWith('Workloads'))).toEqual([]);
  });

  it('form a chain up to the root', () => {
    expect(chainOf(exampleSnapshot, 'ou-ab12-workloadsprod').map((u) => u.id)).toEqual([
      'ou-ab12-workloadsprod',
      'ou-ab12-workloads',
      'r-ab12',
    ]);
    expect(chainOf(exampleSnapshot, 'ou-ab12-nowhere00')).toEqual([]);
  });
});

describe('chainLevels', () => {
  const UNIT = 'ou-ab12-workloadsprod';
  const request = {
    action: 's3:GetObject',
    resource: '*',
    principalArn: 'arn:aws:iam::444455556666:role/Developer',
    accountId: '444455556666',
    context: { 'aws:PrincipalOrgPaths': ['o-exampleorg1/r-ab12/ou-ab12-workloads/ou-ab12-workloadsprod/'] },
  };

  it('are the units above, root first, each with what is attached', () => {
    const levels = chainLevels(exampleSnapshot, UNIT);
    expect(levels.map(({ targetId }) => targetId)).toEqual(['r-ab12', 'ou-ab12-workloads', UNIT]);
    expect(levels[0]?.policies.map(({ name }) => name)).toEqual(['FullAWSAccess', 'jetway-root-fence']);
    expect(levels[2]?.policies).toEqual([
      { id: 'p-FullAWSAccess', name: 'FullAWSAccess', content: FULL_AWS_ACCESS },
    ]);
    expect(compileChain(levels)(request)).toEqual({ decision: 'allowed', by: [] });
  });

  it('never allow by a policy whose content was not read', () => {
    const policies = exampleSnapshot.policies.map((p) => ({ id: p.id, name: p.name }));
    const levels = chainLevels(snapshotWith({ policies }), UNIT);
    expect(levels[0]?.policies.find(({ id }) => id === ROOT_FENCE_ID)?.content).toBe('');
    expect(compileChain(levels)(request)).toMatchObject({
      decision: 'unknown',
      why: 'policy jetway-root-fence cannot be read: its content is not known',
    });
    const allowing = { id: 'p-allows', name: 'allows' };
    const replaced = snapshotWithUnit(UNIT, { policies: [allowing] });
    expect(compileChain(chainLevels(replaced, UNIT))(request).decision).toBe('unknown');
  });
});

import { describe, expect, it } from 'vitest';
import { AccountRequest } from '../requests/request.schema.ts';
import { Usage } from './explain.ts';
import { type RequestOptions, requestFrom, saysRequest } from './request-options.ts';

const WHOLE: RequestOptions = {
  name: 'payments-prod',
  email: 'aws+payments-prod@example.com',
  ou: 'ou-ab12-workloads',
  team: 'payments',
  owner: 'Ana Maria Lopez <ana@example.com>',
  justification: 'PCI workload',
  blueprint: 'standard',
  set: ['vpc.size=medium', 'vpc.availabilityZones=2', 'alerts=false', 'budget.label=2.0'],
  guardrail: ['AWS-GR_ENCRYPTED_VOLUMES'],
  access: ['payments-admins=AdministratorAccess'],
  tag: ['cost-center=4711', 'formula=a=b'],
  expires: '2027-12-31T00:00:00Z',
};

describe('a request in arguments', () => {
  it('is the request that a file would hold', () => {
    const body = requestFrom(WHOLE);
    expect(body).toEqual({
      account: {
        name: 'payments-prod',
        email: 'aws+payments-prod@example.com',
        organizationalUnitId: 'ou-ab12-workloads',
      },
      team: 'payments',
      owner: { email: 'ana@example.com', firstName: 'Ana Maria', lastName: 'Lopez' },
      justification: 'PCI workload',
      blueprint: {
        name: 'standard',
        parameters: {
          vpc: { size: 'medium', availabilityZones: 2 },
          alerts: false,
          // Text that would not come back as it was written stays text.
          budget: { label: '2.0' },
        },
      },
      guardrails: ['AWS-GR_ENCRYPTED_VOLUMES'],
      access: [{ group: 'payments-admins', permissionSet: 'AdministratorAccess' }],
      tags: { 'cost-center': '4711', formula: 'a=b' },
      expiresAt: '2027-12-31T00:00:00Z',
    });
    expect(AccountRequest.safeParse(body).success).toBe(true);
  });

  it('goes over that of a file, member by member', () => {
    const base = {
      ...requestFrom(WHOLE),
      trafficMirroring: { profile: 'security-standard' },
    };
    const body = requestFrom({ name: 'payments-lab', set: ['vpc.size=small'], tag: ['stage=lab'] }, base);
    expect(body).toEqual({
      ...base,
      account: { ...(base as never as { account: object }).account, name: 'payments-lab' },
      blueprint: {
        name: 'standard',
        parameters: {
          vpc: { size: 'small', availabilityZones: 2 },
          alerts: false,
          budget: { label: '2.0' },
        },
      },
      tags: { 'cost-center': '4711', formula: 'a=b', stage: 'lab' },
    });
    // What was read from the file is as it was.
    expect(base).toMatchObject({ blueprint: { parameters: { vpc: { size: 'medium' } } } });
  });

  it('takes no parameters over to another blueprint', () =>
    expect(requestFrom({ blueprint: 'sandbox' }, requestFrom(WHOLE))).toMatchObject({
      blueprint: { name: 'sandbox' },
    }));

  it.each<[RequestOptions, RegExp]>([
    [{ owner: 'ana@example.com' }, /--owner/],
    [{ owner: 'Ana <ana@example.com>' }, /--owner/],
    [{ access: ['payments-admins'] }, /--access/],
    [{ tag: ['=x'] }, /--tag/],
    [{ set: ['vpc.size'] }, /--set/],
    [{ set: ['__proto__.polluted=true'] }, /--set/],
    [{ set: ['a..b=1'] }, /--set/],
  ])('%j is refused', (options, words) => {
    expect(() => requestFrom(options)).toThrow(Usage);
    expect(() => requestFrom(options)).toThrow(words);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it('is there when any argument says something of it', () => {
    expect(saysRequest({})).toBe(false);
    for (const name of Object.keys(WHOLE) as (keyof RequestOptions)[])
      expect(saysRequest({ [name]: WHOLE[name] })).toBe(true);
  });
});

import { beforeEach, describe, expect, it } from 'vitest';
import { ACCOUNT_FACTORY_ID, ARTIFACT_ID, RETIRED_ARTIFACT_ID } from '../landing-zone.ts';
import { codeOf, MINUTE, openTestAws, provisionInput, START, type TestAws } from '../local-aws.fixture.ts';
import type { AccountOutcome } from '../scenarios.ts';
import { acceptedProvisions } from './service-catalog.ts';

let aws: TestAws;
beforeEach(async () => {
  aws = await openTestAws();
});
const catalog = (action: string, input: unknown = {}) => aws.call('servicecatalog', action, input);
const refusal = (action: string, input: unknown) => codeOf(() => catalog(action, input));
const provision = (name: string, more = {}): string =>
  catalog('ProvisionProduct', provisionInput(name, more)).RecordDetail.RecordId;
const record = (Id: string) => catalog('DescribeRecord', { Id });
const status = (Id: string) => record(Id).RecordDetail.Status as string;
const product = (name: string) =>
  catalog('DescribeProvisionedProduct', { Name: `vend-${name}` }).ProvisionedProductDetail;
const accounts = (): { Id: string; Name: string; Paths: string[] }[] =>
  aws.call('organizations', 'ListAccounts').Accounts.slice(3);
const outputs = (id: string) =>
  Object.fromEntries(
    record(id).RecordOutputs.map((output: { OutputKey: string; OutputValue: string }) => [
      output.OutputKey,
      output.OutputValue,
    ]),
  );
const lifecycle = () =>
  aws
    .received()
    .filter((event) => event.source === 'aws.controltower')
    .map(({ detail }) => {
      const details = detail.serviceEventDetails as Record<
        string,
        { state: string; account: { accountId: string } }
      >;
      const [ended] = Object.values(details);
      return [detail.eventName, ended?.state, ended?.account.accountId];
    });
const repair = (name: string, more = {}): string =>
  catalog('UpdateProvisionedProduct', {
    ProvisionedProductName: `vend-${name}`,
    ProvisioningParameters: [],
    UpdateToken: `repair-${name}`,
    ...more,
  }).RecordDetail.RecordId;

describe('the product', () => {
  it('is found by its name, with its versions and which of them are active', () => {
    const [found] = catalog('SearchProductsAsAdmin', {
      Filters: { FullTextSearch: ['account factory'] },
    }).ProductViewDetails;
    expect(found.ProductViewSummary).toMatchObject({
      ProductId: ACCOUNT_FACTORY_ID,
      Owner: 'AWS Control Tower',
    });
    const { ProvisioningArtifactSummaries } = catalog('DescribeProductAsAdmin', { Id: ACCOUNT_FACTORY_ID });
    const active = ProvisioningArtifactSummaries.map(
      ({ Id }: { Id: string }) =>
        catalog('DescribeProvisioningArtifact', { ProductId: ACCOUNT_FACTORY_ID, ProvisioningArtifactId: Id })
          .ProvisioningArtifactDetail.Active,
    );
    expect(active).toEqual([false, true]);
  });
});

describe('a smooth provisioning', () => {
  it('takes about 20 minutes: created under the root, moved, enrolled', async () => {
    const id = provision('orders');
    expect(status(id)).toBe('CREATED');
    expect(product('orders').Status).toBe('UNDER_CHANGE');
    await aws.pass(30_000);
    expect(status(id)).toBe('IN_PROGRESS');
    await aws.pass(2.5 * MINUTE);
    expect(accounts()[0]?.Paths).toEqual([`o-exampleorg1/r-ab12/${accounts()[0]?.Id}/`]);
    await aws.settle();
    const minutes = (aws.clock.now() - START) / MINUTE;
    expect(minutes).toBeGreaterThan(13);
    expect(minutes).toBeLessThan(26);
    expect(status(id)).toBe('SUCCEEDED');
    const accountId = accounts()[0]?.Id;
    expect(outputs(id)).toMatchObject({ AccountId: accountId, AccountEmail: 'aws+orders@example.com' });
    expect(accounts()[0]?.Paths).toEqual([`o-exampleorg1/r-ab12/ou-ab12-workloads/${accountId}/`]);
    expect(product('orders')).toMatchObject({ Status: 'AVAILABLE', LastSuccessfulProvisioningRecordId: id });
    expect(lifecycle()).toEqual([['CreateManagedAccount', 'SUCCEEDED', accountId]]);
  });

  it('leaves an account that Control Tower governs', async () => {
    provision('orders');
    await aws.settle();
    const { Id } = accounts()[0] ?? { Id: '' };
    const caller = {
      ...aws.caller,
      accountId: Id,
      principalArn: `arn:aws:iam::${Id}:role/AWSControlTowerExecution`,
    };
    const recorders = aws.dispatcher.call('config', 'DescribeConfigurationRecorders', {}, caller);
    expect(recorders).toMatchObject({ ConfigurationRecorders: [{ name: expect.any(String) }] });
    const baselines = aws.call('controltower', 'ListEnabledBaselines', {
      includeChildren: true,
    }).enabledBaselines;
    expect(
      baselines.find((one: { targetIdentifier: string }) => one.targetIdentifier.endsWith(Id)),
    ).toMatchObject({
      statusSummary: { status: 'SUCCEEDED' },
    });
  });

  it('is found by account, name and status', async () => {
    provision('orders');
    provision('payments', { unit: 'Sandbox' });
    await aws.settle();
    const search = (...SearchQuery: string[]) =>
      catalog('SearchProvisionedProducts', { Filters: { SearchQuery } }).ProvisionedProducts.map(
        (found: { Name: string }) => found.Name,
      );
    const payments = accounts().find(({ Name }) => Name === 'payments');
    expect(search(`physicalId:${payments?.Id}`)).toEqual(['vend-payments']);
    expect(search('name:vend-orders', 'type:CONTROL_TOWER_ACCOUNT')).toEqual(['vend-orders']);
    expect(search('status:AVAILABLE')).toHaveLength(2);
    expect(search('name:"vend-*"')).toHaveLength(2);
    expect(search('physicalId:999988887777')).toEqual([]);
    expect(refusal('SearchProvisionedProducts', { Filters: { SearchQuery: ['colour:red'] } })).toBe(
      'InvalidParametersException',
    );
  });
});

describe('idempotency', () => {
  it('answers the same token and input with the same record, at any time', async () => {
    const id = provision('orders');
    expect(provision('orders')).toBe(id);
    await aws.settle();
    expect(provision('orders')).toBe(id);
    expect(acceptedProvisions(aws.world)).toBe(1);
    expect(accounts()).toHaveLength(1);
  });

  it('refuses the token for anything else, and the name for another token', () => {
    provision('orders');
    expect(refusal('ProvisionProduct', provisionInput('orders', { email: 'other@example.com' }))).toBe(
      'InvalidParametersException',
    );
    const again = () => catalog('ProvisionProduct', provisionInput('orders', { token: 'another' }));
    expect(codeOf(again)).toBe('DuplicateResourceException');
    expect(again).toThrow('A stack named vend-orders already exists.');
  });

  it('holds when the reply of an accepted call is lost', async () => {
    aws.faults.inject({ service: 'servicecatalog', action: 'ProvisionProduct', kind: 'lost-reply' });
    expect(refusal('ProvisionProduct', provisionInput('orders'))).toBe('RequestTimeout');
    const id = provision('orders');
    await aws.settle();
    expect(status(id)).toBe('SUCCEEDED');
    expect(acceptedProvisions(aws.world)).toBe(1);
  });

  it('releases name and token with the product', async () => {
    const first = provision('orders');
    await aws.settle();
    catalog('TerminateProvisionedProduct', { ProvisionedProductName: 'vend-orders', TerminateToken: 't' });
    expect(product('orders').Status).toBe('UNDER_CHANGE');
    await aws.settle();
    expect(refusal('DescribeProvisionedProduct', { Name: 'vend-orders' })).toBe('ResourceNotFoundException');
    expect(accounts()).toHaveLength(1);
    const second = provision('orders', { email: 'aws+second@example.com' });
    expect(second).not.toBe(first);
    await aws.settle();
    expect(status(second)).toBe('SUCCEEDED');
  });
});

describe('refusals at once', () => {
  const parameters = (change: (all: { Key: string; Value: string }[]) => object[]) => {
    const input = provisionInput('orders');
    return { ...input, ProvisioningParameters: change(input.ProvisioningParameters) };
  };
  it.each<[string, string, () => object]>([
    [
      'InvalidParametersException',
      'an unknown parameter',
      () => parameters((all) => [...all, { Key: 'Vpc', Value: 'x' }]),
    ],
    ['InvalidParametersException', 'a missing parameter', () => parameters((all) => all.slice(1))],
    [
      'InvalidParametersException',
      'an empty parameter',
      () => parameters((all) => all.map((one) => ({ ...one, Value: '' }))),
    ],
    ['InvalidParametersException', 'a bad e-mail', () => provisionInput('orders', { email: 'no' })],
    [
      'InvalidParametersException',
      'a withdrawn version',
      () => ({ ...provisionInput('o'), ProvisioningArtifactId: RETIRED_ARTIFACT_ID }),
    ],
    [
      'InvalidParametersException',
      'notifications',
      () => ({ ...provisionInput('o'), NotificationArns: ['arn:aws:sns:us-east-1:111122223333:t'] }),
    ],
    [
      'ResourceNotFoundException',
      'an unknown product',
      () => ({ ...provisionInput('o'), ProductId: 'prod-0' }),
    ],
    [
      'ResourceNotFoundException',
      'an unknown version',
      () => ({ ...provisionInput('o'), ProvisioningArtifactId: 'pa-0' }),
    ],
    [
      'ResourceNotFoundException',
      'another launch path',
      () => ({ ...provisionInput('o'), PathId: 'lpv2-0' }),
    ],
    ['ValidationException', 'a misspelt member', () => ({ ...provisionInput('o'), ProvisionTokn: 'x' })],
  ])('%s: %s', (code, _, input) => {
    expect(refusal('ProvisionProduct', input())).toBe(code);
    expect(acceptedProvisions(aws.world)).toBe(0);
  });

  it('follows a version that is withdrawn', () => {
    aws.setArtifactActive(ARTIFACT_ID, false);
    expect(refusal('ProvisionProduct', provisionInput('orders'))).toBe('InvalidParametersException');
  });
});

describe('failures afterwards', () => {
  const failing = async (name: string, outcome?: AccountOutcome, more = {}) => {
    if (outcome) aws.scenario({ accountName: name, outcome });
    const id = provision(name, more);
    await aws.settle();
    return id;
  };

  it.each<[AccountOutcome | undefined, string, object]>([
    ['fail-no-account', 'InternalFailure', {}],
    ['busy', 'ConflictException', {}],
    ['quota', 'ACCOUNT_LIMIT_EXCEEDED', {}],
    ['email-taken', 'EMAIL_ALREADY_EXISTS', {}],
    [undefined, 'EMAIL_ALREADY_EXISTS', { email: 'AWS+Audit@example.com' }],
    [undefined, 'InvalidParametersException', { unit: 'Security (ou-ab12-security1)' }],
    [undefined, 'InvalidParametersException', { unit: 'Gone (ou-ab12-12345678)' }],
  ])(
    '%s: %s leaves no account, a product in ERROR, and an event without an id',
    async (outcome, code, more) => {
      const id = await failing('orders', outcome, more);
      expect(record(id).RecordDetail).toMatchObject({ Status: 'FAILED', RecordErrors: [{ Code: code }] });
      expect(accounts()).toEqual([]);
      expect(product('orders').Status).toBe('ERROR');
      expect(lifecycle()).toEqual([['CreateManagedAccount', 'FAILED', 'Not Available']]);
    },
  );

  it('reaches the real limit of accounts', async () => {
    aws.setLimit('accounts', 3);
    const id = await failing('orders');
    expect(record(id).RecordDetail.RecordErrors[0].Code).toBe('ACCOUNT_LIMIT_EXCEEDED');
  });

  it('leaves an account under the root, which an update repairs', async () => {
    await failing('orders', 'fail-under-root');
    const [account] = accounts();
    expect(account?.Paths).toEqual([`o-exampleorg1/r-ab12/${account?.Id}/`]);
    expect(product('orders').Status).toBe('ERROR');
    const [found] = catalog('SearchProvisionedProducts').ProvisionedProducts;
    expect(found.PhysicalId).toBeUndefined();
    expect(lifecycle()).toEqual([['CreateManagedAccount', 'FAILED', 'Not Available']]);

    const id = repair('orders');
    expect(repair('orders')).toBe(id);
    await aws.settle();
    expect(outputs(id).AccountId).toBe(account?.Id);
    expect(accounts()[0]?.Paths).toEqual([`o-exampleorg1/r-ab12/ou-ab12-workloads/${account?.Id}/`]);
    expect(product('orders').Status).toBe('AVAILABLE');
    expect(lifecycle()).toEqual([['UpdateManagedAccount', 'SUCCEEDED', account?.Id]]);
  });

  it('makes the account on the update when there was none', async () => {
    await failing('orders', 'fail-no-account');
    const id = repair('orders');
    await aws.settle();
    expect(outputs(id).AccountId).toBe(accounts()[0]?.Id);
    expect(lifecycle().at(-1)).toEqual(['UpdateManagedAccount', 'SUCCEEDED', accounts()[0]?.Id]);
  });

  it('taints the product although the account is enrolled', async () => {
    const id = await failing('orders', 'tainted');
    expect(status(id)).toBe('FAILED');
    const [found] = catalog('SearchProvisionedProducts').ProvisionedProducts;
    expect(found).toMatchObject({ Status: 'TAINTED', PhysicalId: accounts()[0]?.Id });
    repair('orders');
    await aws.settle();
    expect(product('orders').Status).toBe('AVAILABLE');
  });

  it('fails an update and leaves the account where it is', async () => {
    provision('orders');
    await aws.settle();
    aws.scenario({ accountName: 'ord*', outcome: 'update-fails' });
    const id = repair('orders', {
      ProvisioningParameters: [{ Key: 'ManagedOrganizationalUnit', Value: 'Sandbox (ou-ab12-sandboxes)' }],
    });
    expect(
      refusal('UpdateProvisionedProduct', { ProvisionedProductName: 'vend-orders', UpdateToken: 'x' }),
    ).toBe('InvalidParametersException');
    await aws.settle();
    expect(status(id)).toBe('FAILED');
    expect(product('orders').Status).toBe('TAINTED');
    expect(accounts()[0]?.Paths[0]).toContain('ou-ab12-workloads');
  });

  it('is slow when told to be', async () => {
    await failing('orders', 'slow');
    expect(aws.clock.now() - START).toBeGreaterThan(120 * MINUTE);
    expect(product('orders').Status).toBe('AVAILABLE');
  });

  it('fails when its unit goes away on the way, with the account under the root', async () => {
    const id = provision('lost', { unit: 'Sandbox (ou-ab12-sandboxes)' });
    await aws.pass(2.5 * MINUTE);
    aws.call('organizations', 'DeleteOrganizationalUnit', { OrganizationalUnitId: 'ou-ab12-sandboxes' });
    await aws.settle();
    expect(status(id)).toBe('FAILED');
    expect(product('lost').StatusMessage).toMatch(/cannot find a registered organizational unit/);
    expect(accounts()[0]?.Paths).toEqual([`o-exampleorg1/r-ab12/${accounts()[0]?.Id}/`]);
  });
});

describe('concurrent account operations', () => {
  it('end at the live quota: the sixth fails', async () => {
    const ids = [1, 2, 3, 4, 5, 6].map((n) => provision(`account-${n}`));
    await aws.settle();
    const failed = ids.map(record).filter(({ RecordDetail }) => RecordDetail.Status === 'FAILED');
    expect(failed).toHaveLength(1);
    expect(failed[0].RecordDetail.RecordErrors[0]).toMatchObject({
      Code: 'ResourceInUseException',
      Description: expect.stringContaining('allowed maximum of 5 concurrent account operations is exceeded'),
    });
    expect(accounts()).toHaveLength(5);
    const seventh = provision('account-7');
    await aws.settle();
    expect(status(seventh)).toBe('SUCCEEDED');
  });

  it('follow the quota when it is raised', async () => {
    aws.setLimit('accountOperations', 6);
    const ids = [1, 2, 3, 4, 5, 6].map((n) => provision(`account-${n}`));
    await aws.settle();
    expect(ids.map(status)).toEqual(ids.map(() => 'SUCCEEDED'));
  });
});

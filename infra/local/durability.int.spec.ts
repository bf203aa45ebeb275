import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openTestAws, provisionInput } from './local-aws.fixture.ts';
import { acceptedProvisions } from './services/service-catalog.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'jetway-aws-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** Starts the embedded AWS as its own process and waits for its address. */
async function serve(dataDir: string, timeScale: number): Promise<{ url: string; process: ChildProcess }> {
  const script = fileURLToPath(new URL('./serve.ts', import.meta.url));
  const args = ['--import', 'tsx', script, '--data-dir', dataDir, '--time-scale', String(timeScale)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const url = await new Promise<string>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the embedded AWS ended with ${code}`)));
    child.stdout?.once('data', (line: Buffer) => resolve(line.toString().trim()));
  });
  child.removeAllListeners('exit');
  return { url, process: child };
}

const kill = (child: ChildProcess, signal: NodeJS.Signals) =>
  new Promise((resolve) => {
    child.once('exit', resolve);
    child.kill(signal);
  });

type Answer = { RecordDetail: { RecordId: string; Status: string }; Accounts: unknown[] };

async function post(url: string, target: string, input: unknown): Promise<Answer> {
  const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target };
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(input) });
  return (await response.json()) as Answer;
}

describe('the embedded AWS after a kill', () => {
  it('goes on provisioning where it was', async () => {
    const first = await serve(dir, 60);
    const answer = await post(
      first.url,
      'AWS242ServiceCatalogService.ProvisionProduct',
      provisionInput('orders'),
    );
    const { RecordId } = answer.RecordDetail;
    await new Promise((resume) => setTimeout(resume, 3_000));
    await kill(first.process, 'SIGKILL');

    const second = await serve(dir, 6_000);
    let detail = { Status: '' };
    for (let tries = 0; tries < 100 && detail.Status !== 'SUCCEEDED'; tries++) {
      await new Promise((resume) => setTimeout(resume, 100));
      detail = (await post(second.url, 'AWS242ServiceCatalogService.DescribeRecord', { Id: RecordId }))
        .RecordDetail;
    }
    expect(detail.Status).toBe('SUCCEEDED');
    const again = await post(
      second.url,
      'AWS242ServiceCatalogService.ProvisionProduct',
      provisionInput('orders'),
    );
    expect(again.RecordDetail.RecordId).toBe(RecordId);
    const { Accounts } = await post(second.url, 'AWSOrganizationsV20161128.ListAccounts', {});
    expect(Accounts).toHaveLength(4);
    await kill(second.process, 'SIGTERM');
  }, 60_000);

  it.each([1, 2, 3, 5, 8, 13])('ends with one account however it is cut (%d steps)', async (steps) => {
    const before = await openTestAws({ dataDir: dir });
    before.scenario({ accountName: 'orders', outcome: 'fail-under-root' });
    before.call('servicecatalog', 'ProvisionProduct', provisionInput('orders'));
    for (let step = 0; step < steps; step++)
      before.clock.advanceTo(before.clock.next() ?? before.clock.now());
    // No close: the process is gone, what it has written is what there is.
    const after = await openTestAws({ dataDir: dir });
    await after.settle();
    const { RecordDetail } = after.call('servicecatalog', 'ProvisionProduct', provisionInput('orders'));
    expect(RecordDetail.Status).toBe('FAILED');
    expect(after.call('organizations', 'ListAccounts').Accounts).toHaveLength(4);
    expect(acceptedProvisions(after.world)).toBe(1);
    after.call('servicecatalog', 'UpdateProvisionedProduct', {
      ProvisionedProductName: 'vend-orders',
      UpdateToken: 'u',
    });
    await after.settle();
    const product = after.call('servicecatalog', 'DescribeProvisionedProduct', { Name: 'vend-orders' });
    expect(product.ProvisionedProductDetail.Status).toBe('AVAILABLE');
    await after.close();
  });

  it('has its queues, rules, limits and ids as before', async () => {
    const before = await openTestAws({ dataDir: dir });
    before.call('sqs', 'CreateQueue', { QueueName: 'work' });
    before.call('sqs', 'SendMessage', { QueueUrl: 'work', MessageBody: 'kept' });
    before.setLimit('accounts', 7);
    const policy = {
      Description: '',
      Type: 'SERVICE_CONTROL_POLICY',
      Content: '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}',
    };
    const first = before.call('organizations', 'CreatePolicy', { ...policy, Name: 'one' }).Policy
      .PolicySummary.Id;
    await before.close();

    const after = await openTestAws({ dataDir: dir });
    expect(after.call('sqs', 'ReceiveMessage', { QueueUrl: 'work' }).Messages[0].Body).toBe('kept');
    const quota = { ServiceCode: 'organizations', QuotaCode: 'L-E619E033' };
    expect(after.call('service-quotas', 'GetServiceQuota', quota).Quota.Value).toBe(7);
    expect(after.call('organizations', 'ListAccounts').Accounts).toHaveLength(3);
    // The same seed, and yet no id comes twice.
    const second = after.call('organizations', 'CreatePolicy', { ...policy, Name: 'two' }).Policy
      .PolicySummary.Id;
    expect(second).not.toBe(first);
    await after.close();
  });
});

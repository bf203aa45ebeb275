import { beforeEach, describe, expect, it } from 'vitest';
import { apiShapes } from '../../../infra/api-shapes/shapes.ts';
import { validateInput, validateOutput } from '../../../infra/api-shapes/validate.ts';
import {
  type Deps,
  type ResourceEvent,
  type ResourceResponse,
  serve,
} from '../../custom-resource/custom-resource.ts';
import { accountSettings } from './account-settings.ts';

const SHAPES: Record<string, string> = {
  iam: 'iam',
  ec2: 'ec2',
  's3-control': 's3control',
  account: 'account',
};
const refusal = (name: string, message: string): Error => Object.assign(new Error(message), { name });
type Input = Record<string, unknown>;

/** An account that keeps what it is told, in the words of the API model; `faults` answer in its place. */
function account() {
  const kept = new Map<string, Input>();
  const calls: string[] = [];
  const faults: { operation: string; times: number; answer: () => Input }[] = [];
  const waits: number[] = [];
  const sent: { url: string; response: ResourceResponse }[] = [];
  const operations: Record<string, (input: Input) => Input> = {
    UpdateAccountPasswordPolicy: (input) => keep('PasswordPolicy', input),
    GetAccountPasswordPolicy: () => ({ PasswordPolicy: told('PasswordPolicy', 'NoSuchEntityException') }),
    PutPublicAccessBlock: ({ PublicAccessBlockConfiguration: block }) => keep('block', block as Input),
    GetPublicAccessBlock: () => ({
      PublicAccessBlockConfiguration: told('block', 'NoSuchPublicAccessBlockConfiguration'),
    }),
    EnableEbsEncryptionByDefault: () => keep('ebs', { EbsEncryptionByDefault: true }),
    GetEbsEncryptionByDefault: () => kept.get('ebs') ?? { EbsEncryptionByDefault: false },
    ModifyInstanceMetadataDefaults: (input) => keep('metadata', input),
    GetInstanceMetadataDefaults: () => ({ AccountLevel: kept.get('metadata') ?? {} }),
    PutAlternateContact: (input) => keep(String(input.AlternateContactType), input),
    GetAlternateContact: (input) => ({
      AlternateContact: told(String(input.AlternateContactType), 'ResourceNotFoundException'),
    }),
  };
  const keep = (name: string, value: Input): Input => {
    kept.set(name, value);
    return {};
  };
  const told = (name: string, code: string): Input => {
    const value = kept.get(name);
    if (!value) throw refusal(code, 'not found');
    return value;
  };
  const deps: Deps = {
    call: async (service, operation, input) => {
      calls.push(operation);
      const shapes = apiShapes(SHAPES[service] ?? '');
      if (!shapes) throw new Error(service);
      expect(validateInput(shapes, operation, input)).toEqual([]);
      const fault = faults.find((one) => one.operation === operation && one.times > 0);
      if (fault) fault.times -= 1;
      const output = (fault?.answer ?? (() => operations[operation]?.(input)))() ?? {};
      expect(validateOutput(shapes, operation, output)).toEqual([]);
      return output;
    },
    sleep: (ms) => {
      waits.push(ms);
      // The guard of the whole function never rings in these; the others wait for nothing.
      return ms > 100_000 ? new Promise(() => {}) : Promise.resolve();
    },
    respond: async (url, body) => void sent.push({ url, response: JSON.parse(body) }),
    log: () => {},
    remainingMs: 240_000,
  };
  const fault = (operation: string, error: Error, times = 1) =>
    faults.push({
      operation,
      times,
      answer: () => {
        throw error;
      },
    });
  const shows = (operation: string, answer: Input, times = 1) =>
    faults.push({ operation, times, answer: () => answer });
  return { kept, calls, waits, sent, deps, fault, shows };
}

const contact = (Name: string) => ({
  Name,
  Title: 'Security',
  EmailAddress: 'security@example.com',
  PhoneNumber: '+1 206 555 0100',
});
/** As CloudFormation gives it: every value is text. */
const ALL = {
  ServiceToken: 'arn:aws:lambda:us-east-1:444455556666:function:jetway-security-baseline',
  ServiceTimeout: '900',
  EbsEncryption: { EbsEncryptionByDefault: 'true' },
  InstanceMetadata: { HttpTokens: 'required', HttpPutResponseHopLimit: '2' },
  PasswordPolicy: {
    MinimumPasswordLength: '14',
    RequireSymbols: 'true',
    RequireNumbers: 'true',
    RequireUppercaseCharacters: 'true',
    RequireLowercaseCharacters: 'true',
    AllowUsersToChangePassword: 'true',
    MaxPasswordAge: '90',
    PasswordReusePrevention: '24',
  },
  S3PublicAccessBlock: {
    BlockPublicAcls: 'true',
    IgnorePublicAcls: 'true',
    BlockPublicPolicy: 'true',
    RestrictPublicBuckets: 'true',
  },
  SecurityContact: contact('Sam'),
  OperationsContact: contact('Olu'),
  BillingContact: contact('Bea'),
};
const event = (more: Partial<ResourceEvent> = {}): ResourceEvent => ({
  RequestType: 'Create',
  ResponseURL: 'https://example.com/answer',
  StackId: 'arn:aws:cloudformation:us-east-1:444455556666:stack/jetway-security-baseline/1',
  RequestId: 'r-1',
  LogicalResourceId: 'AccountSettings',
  ResourceProperties: ALL,
  ...more,
});

let world: ReturnType<typeof account>;
beforeEach(() => {
  world = account();
});
async function answerTo(more: Partial<ResourceEvent> = {}, deps: Partial<Deps> = {}) {
  await serve(accountSettings, event(more), { ...world.deps, ...deps });
  expect(world.sent).toHaveLength(1);
  const { url, response } = world.sent[0]!;
  expect(url).toBe('https://example.com/answer');
  expect(response).toMatchObject({
    StackId: event().StackId,
    RequestId: 'r-1',
    LogicalResourceId: 'AccountSettings',
    PhysicalResourceId: 'account-settings-444455556666-us-east-1',
  });
  return response;
}

describe('the function of the security baseline', () => {
  it('sets every setting and reads each back', async () => {
    const { Status, Data } = await answerTo();
    expect([Status, Data.Verified]).toEqual([
      'SUCCESS',
      'EbsEncryption, InstanceMetadata, PasswordPolicy, S3PublicAccessBlock, SecurityContact, OperationsContact, BillingContact',
    ]);
    expect(world.kept.get('PasswordPolicy')).toMatchObject({
      MinimumPasswordLength: 14,
      RequireSymbols: true,
    });
    expect(world.kept.get('metadata')).toEqual({ HttpTokens: 'required', HttpPutResponseHopLimit: 2 });
    expect(world.kept.get('block')).toEqual({
      BlockPublicAcls: true,
      IgnorePublicAcls: true,
      BlockPublicPolicy: true,
      RestrictPublicBuckets: true,
    });
    expect(world.kept.get('BILLING')).toEqual({ AlternateContactType: 'BILLING', ...contact('Bea') });
    expect(world.calls).toHaveLength(14);
  });

  it('touches only what is named', async () => {
    const { EbsEncryption, InstanceMetadata } = ALL;
    const response = await answerTo({ ResourceProperties: { EbsEncryption, InstanceMetadata } });
    expect(response.Data.Verified).toBe('EbsEncryption, InstanceMetadata');
    expect([...world.kept.keys()].sort()).toEqual(['ebs', 'metadata']);
  });

  it('sets again on an update, under the same physical id', async () => {
    const PhysicalResourceId = 'account-settings-444455556666-us-east-1';
    expect((await answerTo({ RequestType: 'Update', PhysicalResourceId })).Status).toBe('SUCCESS');
    expect(world.kept.size).toBe(7);
  });

  it('leaves everything as it is on a deletion, and says so', async () => {
    const { Status, Reason } = await answerTo({ RequestType: 'Delete' });
    expect([Status, Reason]).toEqual(['SUCCESS', 'The settings of the account are left as they are.']);
    expect(world.calls).toEqual([]);
  });

  it.each([
    [
      'GetInstanceMetadataDefaults',
      { AccountLevel: { HttpTokens: 'optional' } },
      'InstanceMetadata: GetInstanceMetadataDefaults: HttpTokens is optional, wanted required, HttpPutResponseHopLimit is not set, wanted 2',
    ],
    [
      'GetEbsEncryptionByDefault',
      { EbsEncryptionByDefault: false },
      'EbsEncryption: GetEbsEncryptionByDefault: EbsEncryptionByDefault is false, wanted true',
    ],
    ['GetAccountPasswordPolicy', {}, 'PasswordPolicy: GetAccountPasswordPolicy: nothing is set'],
  ])(
    'fails when %s shows something else, though the change was accepted',
    async (operation, shown, words) => {
      if (operation === 'GetAccountPasswordPolicy')
        world.fault(operation, refusal('NoSuchEntityException', 'cannot be found'), 9);
      else world.shows(operation, shown, 9);
      const { Status, Reason } = await answerTo();
      expect(Status).toBe('FAILED');
      expect(Reason).toContain(words);
    },
  );

  it('reads again what is shown as it was for a moment', async () => {
    world.shows('GetEbsEncryptionByDefault', { EbsEncryptionByDefault: false }, 2);
    expect((await answerTo()).Status).toBe('SUCCESS');
    expect(world.calls.filter((call) => call === 'GetEbsEncryptionByDefault')).toHaveLength(3);
  });

  it.each(['TooManyRequestsException', 'ThrottlingException', 'AccessDenied', 'OptInRequired'])(
    'tries again after %s',
    async (name) => {
      world.fault('PutAlternateContact', refusal(name, 'later'), 4);
      world.fault('GetAccountPasswordPolicy', refusal(name, 'later'), 2);
      expect((await answerTo()).Status).toBe('SUCCESS');
    },
  );

  it('tells what failed in the words of AWS, and makes the rest', async () => {
    world.fault(
      'PutPublicAccessBlock',
      refusal('AccessDenied', 'explicit deny in a service control policy'),
      99,
    );
    world.fault('UpdateAccountPasswordPolicy', refusal('ValidationException', 'too short'));
    const { Status, Reason } = await answerTo();
    expect(Status).toBe('FAILED');
    expect(Reason).toContain('PasswordPolicy: UpdateAccountPasswordPolicy: ValidationException: too short');
    expect(Reason).toContain(
      'S3PublicAccessBlock: PutPublicAccessBlock: AccessDenied: explicit deny in a service control policy',
    );
    expect(Reason).toContain('Set and read back: EbsEncryption, InstanceMetadata, SecurityContact');
    expect(world.kept.size).toBe(5);
  });

  it.each([
    [{}, 'no setting is named'],
    [{ PasswordPolicies: {} }, 'PasswordPolicies is not known'],
    [{ constructor: {} }, 'constructor is not known'],
    [{ EbsEncryption: 'true' }, 'EbsEncryption has to be an object'],
    [{ EbsEncryption: { EbsEncryptionByDefault: 'false' } }, 'can only be true'],
    [{ InstanceMetadata: { HttpTokens: 'required' } }, 'HttpPutResponseHopLimit has to be a number'],
    [{ BillingContact: { ...contact('Bea'), Name: '' } }, 'BillingContact.Name has to be a text'],
    [
      { PasswordPolicy: { ...ALL.PasswordPolicy, HardExpiry: 'true' } },
      'PasswordPolicy.HardExpiry is not known',
    ],
  ])('refuses %j before it calls anything', async (ResourceProperties, words) => {
    const { Status, Reason } = await answerTo({ ResourceProperties });
    expect([Status, Reason]).toEqual(['FAILED', expect.stringContaining(words)]);
    expect(world.calls).toEqual([]);
  });

  it('answers before Lambda ends it', async () => {
    const never = new Promise<Record<string, unknown>>(() => {});
    const sleep = (ms: number) => (ms === 20_000 ? Promise.resolve() : never.then(() => {}));
    const { Status, Reason } = await answerTo({}, { call: () => never, sleep, remainingMs: 30_000 });
    expect([Status, Reason]).toEqual(['FAILED', expect.stringContaining('time of the function was up')]);
  });

  it('sends its answer again when that fails, and fails itself when it never succeeds', async () => {
    let failures = 2;
    const respond: Deps['respond'] = async (url, body) => {
      failures -= 1;
      if (failures >= 0) throw refusal('TypeError', 'fetch failed');
      await world.deps.respond(url, body);
    };
    expect((await answerTo({}, { respond })).Status).toBe('SUCCESS');
    const dead = async () => Promise.reject(refusal('TypeError', 'fetch failed'));
    await expect(serve(accountSettings, event(), { ...world.deps, respond: dead })).rejects.toThrow(
      'fetch failed',
    );
  });

  it('keeps its answer under what CloudFormation takes', async () => {
    for (const operation of ['PutPublicAccessBlock', 'PutAlternateContact', 'UpdateAccountPasswordPolicy'])
      world.fault(operation, refusal('ValidationException', 'é'.repeat(2_000)), 3);
    const response = await answerTo();
    expect(Buffer.byteLength(JSON.stringify(response))).toBeLessThan(4_096);
  });
});

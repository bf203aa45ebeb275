import { generateKeyPairSync, type KeyObject, sign as signBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { installedMoto, type MotoServer, startMoto } from '../../test/oracle/moto-server.ts';
import { openSecrets } from '../kernel/secrets.node.ts';
import { firstSigns, localSigner } from './local-signer.ts';
import { kmsSigner, regionOfKey } from './signer.aws.ts';
import { KeyUnavailable } from './signer.port.ts';

const arnOf = (id: string) => `arn:aws:kms:eu-west-1:111122223333:key/${id}`;
const [ONE, TWO, FOREIGN, HMAC] = [arnOf('one'), arnOf('two'), arnOf('foreign'), arnOf('hmac')];

/** What of KMS's JSON protocol the signer uses, with real keys; `refuse` is said in place of an answer. */
async function openKms() {
  const keys = new Map(
    [ONE, TWO, FOREIGN].map((arn) => [arn, generateKeyPairSync('ec', { namedCurve: 'P-256' })] as const),
  );
  const state = { refuse: undefined as { status: number; type: string } | undefined, calls: [] as string[] };
  const answer = (action: string, input: Record<string, string>): object => {
    const arn = input.KeyId ?? '';
    if (arn === HMAC) return { PublicKey: '', SigningAlgorithms: [] };
    const pair = keys.get(arn) as { publicKey: KeyObject; privateKey: KeyObject };
    if (action === 'GetPublicKey') {
      const der = pair.publicKey.export({ format: 'der', type: 'spki' });
      return { KeyId: arn, PublicKey: der.toString('base64'), SigningAlgorithms: ['ECDSA_SHA_256'] };
    }
    const Signature = signBytes('sha256', Buffer.from(input.Message ?? '', 'base64'), pair.privateKey);
    return { KeyId: arn, Signature: Signature.toString('base64'), SigningAlgorithm: 'ECDSA_SHA_256' };
  };
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const action = String(request.headers['x-amz-target']).replace('TrentService.', '');
      state.calls.push(action);
      const { refuse } = state;
      const body = refuse
        ? { __type: refuse.type, message: 'not now' }
        : answer(action, JSON.parse(Buffer.concat(chunks).toString()));
      response.writeHead(refuse?.status ?? 200, { 'content-type': 'application/x-amz-json-1.1' });
      response.end(JSON.stringify(body));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { state, endpoint, close: () => new Promise((done) => server.close(done)) };
}

const clientAt = (endpoint: string, region = 'eu-west-1') =>
  new KMSClient({
    region,
    endpoint,
    credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
    maxAttempts: 1,
  });

describe('a key of KMS', () => {
  let kms: Awaited<ReturnType<typeof openKms>>;
  let client: KMSClient;
  let now = 0;
  beforeAll(async () => {
    kms = await openKms();
    client = clientAt(kms.endpoint);
  });
  afterAll(async () => {
    client.destroy();
    await kms.close();
  });
  const signer = (...arns: [string, ...string[]]) =>
    kmsSigner(
      () => client,
      arns,
      () => now,
    );

  it('signs long texts and checks them itself', async () => {
    const text = JSON.stringify({ comment: 'ü'.repeat(5_000) });
    const { keyId, signature } = await signer(ONE).sign(text);
    expect(keyId).toBe(ONE);
    const before = kms.state.calls.length;
    const checker = signer(ONE);
    expect(await checker.verify(text, keyId, signature)).toBe(true);
    expect(await checker.verify(text, keyId, signature)).toBe(true);
    expect(kms.state.calls.slice(before)).toEqual(['GetPublicKey']);
  });

  it('refuses another text, another key and what is no signature', async () => {
    const { keyId, signature } = await signer(ONE).sign('yes');
    const all = signer(ONE, TWO);
    for (const [text, key, given] of [
      ['no', keyId, signature],
      ['yes', TWO, signature],
      ['yes', keyId, `${signature.slice(0, -4)}AAAA`],
      ['yes', keyId, ''],
      ['yes', keyId, 'x'.repeat(5_000)],
      ['yes', 'local', signature],
    ] as const)
      expect(await all.verify(text, key, given)).toBe(false);
  });

  it('refuses a genuine signature of a key that is not ours, without asking KMS for it', async () => {
    const foreign = await signer(FOREIGN).sign('yes');
    const before = kms.state.calls.length;
    expect(await signer(ONE).verify('yes', foreign.keyId, foreign.signature)).toBe(false);
    expect(kms.state.calls).toHaveLength(before);
  });

  it('that came before stays valid, also the local one', async () => {
    const local = localSigner(openSecrets(Buffer.alloc(32, 1)));
    const [older, oldest] = [await signer(ONE).sign('yes'), await local.sign('yes')];
    const both = firstSigns(signer(TWO, ONE), local);
    expect((await both.sign('yes')).keyId).toBe(TWO);
    for (const { keyId, signature } of [older, oldest]) {
      expect(await both.verify('yes', keyId, signature)).toBe(true);
      expect(await both.verify('no', keyId, signature)).toBe(false);
    }
  });

  it.each([
    ['throttled', 400, 'ThrottlingException'],
    ['broken', 500, 'KMSInternalException'],
    ['forbidden', 400, 'AccessDeniedException'],
    ['disabled', 400, 'DisabledException'],
  ])('that is %s is neither a yes nor a no', async (_what, status, type) => {
    const { keyId, signature } = await signer(ONE).sign('yes');
    kms.state.refuse = { status, type };
    try {
      await expect(signer(ONE).sign('yes')).rejects.toThrow(KeyUnavailable);
      await expect(signer(ONE).verify('yes', keyId, signature)).rejects.toThrow(KeyUnavailable);
    } finally {
      kms.state.refuse = undefined;
    }
  });

  it('that does not answer, or cannot sign so, is neither', async () => {
    const nobody = clientAt('http://127.0.0.1:1');
    await expect(
      kmsSigner(
        () => nobody,
        [ONE],
        () => now,
      ).sign('yes'),
    ).rejects.toThrow(KeyUnavailable);
    await expect(signer(HMAC).verify('yes', HMAC, 'x')).rejects.toThrow(KeyUnavailable);
    nobody.destroy();
  });

  it('is asked for again after a while, so that a disabled one is noticed', async () => {
    const one = signer(ONE);
    const { keyId, signature } = await one.sign('yes');
    expect(await one.verify('yes', keyId, signature)).toBe(true);
    kms.state.refuse = { status: 400, type: 'DisabledException' };
    try {
      expect(await one.verify('yes', keyId, signature)).toBe(true);
      now += 10 * 60_000;
      await expect(one.verify('yes', keyId, signature)).rejects.toThrow(KeyUnavailable);
    } finally {
      kms.state.refuse = undefined;
    }
  });

  it('lives in the Region of its name', () => expect(regionOfKey(ONE)).toBe('eu-west-1'));
});

const moto = installedMoto();
if (moto === undefined) console.log('moto is not installed: the signer is not checked against its KMS');

describe.skipIf(moto === undefined)("moto's KMS", () => {
  let server: MotoServer;
  beforeAll(async () => {
    server = await startMoto();
  });
  afterAll(() => server?.stop());

  it('signs what the signer checks', async () => {
    const client = clientAt(server.url, 'us-east-1');
    const made = await client.send(
      new CreateKeyCommand({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' }),
    );
    const arn = made.KeyMetadata?.Arn ?? '';
    const signer = kmsSigner(
      () => client,
      [arn],
      () => 0,
    );
    const { keyId, signature } = await signer.sign('yes');
    expect(await signer.verify('yes', keyId, signature)).toBe(true);
    expect(await signer.verify('no', keyId, signature)).toBe(false);
    client.destroy();
  });
});

import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  hkdfSync,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** Keys for what must be secret at rest or unforgeable, all derived from one root secret by purpose (HKDF). */
export interface Secrets {
  /** AES-256-GCM; the answer carries version, nonce and tag. */
  seal(text: string): string;
  /** @throws when the text was not sealed with this root secret or was changed */
  open(sealed: string): string;
  /** HMAC-SHA-256, base64url. */
  sign(purpose: string, text: string): string;
  verify(purpose: string, text: string, signature: string): boolean;
  /** A key for a library that wants bytes. */
  key(purpose: string): Uint8Array;
}

export function openSecrets(root: Buffer): Secrets {
  const key = (purpose: string) => new Uint8Array(hkdfSync('sha256', root, 'jetway', purpose, 32));
  const sign = (purpose: string, text: string) =>
    createHmac('sha256', key(`sign:${purpose}`))
      .update(text, 'utf8')
      .digest('base64url');
  const sealing = key('seal');
  return {
    key,
    sign,
    verify(purpose, text, signature) {
      const expected = Buffer.from(sign(purpose, text));
      const given = Buffer.from(signature);
      return expected.length === given.length && timingSafeEqual(expected, given);
    },
    seal(text) {
      const nonce = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', sealing, nonce);
      const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      return `v1.${Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64url')}`;
    },
    open(sealed) {
      const bytes = Buffer.from(sealed.replace(/^v1\./, ''), 'base64url');
      const decipher = createDecipheriv('aes-256-gcm', sealing, bytes.subarray(0, 12));
      decipher.setAuthTag(bytes.subarray(12, 28));
      return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString('utf8');
    },
  };
}

/** Reads the root secret of a local installation, or makes it at the first start (readable by its owner only). */
export function localRootSecret(file: string): Buffer {
  if (!existsSync(file)) {
    mkdirSync(dirname(file), { recursive: true });
    // Written aside and renamed: a kill in between must not leave an empty file, which would be a known secret.
    writeFileSync(`${file}.new`, randomBytes(32).toString('hex'), { mode: 0o600 });
    renameSync(`${file}.new`, file);
  }
  const root = Buffer.from(readFileSync(file, 'utf8').trim(), 'hex');
  if (root.length < 24) throw new Error(`${file} does not hold a root secret of at least 24 bytes`);
  return root;
}

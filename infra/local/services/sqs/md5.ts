import { createHash } from 'node:crypto';
import type { MessageAttribute } from './queue.ts';

export const md5 = (text: string): string => createHash('md5').update(text, 'utf8').digest('hex');

/** SQS's digest of message attributes: names sorted, each part with its length before it, one byte for the kind. */
export function md5OfAttributes(attributes: Record<string, MessageAttribute>): string {
  const hash = createHash('md5');
  const part = (bytes: Buffer) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    hash.update(length).update(bytes);
  };
  for (const [name, attribute] of Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : 1))) {
    part(Buffer.from(name));
    part(Buffer.from(attribute.DataType));
    const binary = attribute.BinaryValue !== undefined;
    hash.update(Buffer.from([binary ? 2 : 1]));
    part(
      binary ? Buffer.from(attribute.BinaryValue ?? '', 'base64') : Buffer.from(attribute.StringValue ?? ''),
    );
  }
  return hash.digest('hex');
}

import { describe, expect, it } from 'vitest';
import { parseEvents } from './event-stream.ts';

const STREAM =
  'id: 1\nevent: fact\ndata: {"a":"é"}\n\n: still here\n\nevent: request\ndata: one\ndata: two\n\nid: 9\ndata: cut';

async function* inChunks(bytes: Uint8Array, size: number) {
  for (let i = 0; i < bytes.length; i += size) yield bytes.slice(i, i + size);
}

describe('a stream of events', () => {
  it.each([1, 2, 3, 7, 1_000])('is the same in chunks of %i bytes', async (size) => {
    const events = [];
    for await (const event of parseEvents(inChunks(new TextEncoder().encode(STREAM), size)))
      if (event.data) events.push(event);
    // What was cut off is not there: it comes again when the stream goes on behind the last whole event.
    expect(events).toEqual([
      { id: '1', event: 'fact', data: '{"a":"é"}' },
      { id: '', event: 'request', data: 'one\ntwo' },
    ]);
  });
});

export type StreamEvent = { id: string; event: string; data: string };

/** Server-sent events of a byte stream. */
export async function* parseEvents(body: AsyncIterable<Uint8Array>): AsyncGenerator<StreamEvent> {
  let buffer = '';
  const decoder = new TextDecoder();
  for await (const chunk of body) {
    buffer += decoder.decode(chunk, { stream: true });
    for (let end = buffer.indexOf('\n\n'); end >= 0; end = buffer.indexOf('\n\n')) {
      const fields = buffer.slice(0, end).split('\n');
      buffer = buffer.slice(end + 2);
      const of = (name: string) =>
        fields
          .filter((f) => f.startsWith(`${name}:`))
          .map((f) => f.slice(name.length + 1).trimStart())
          .join('\n');
      yield { id: of('id'), event: of('event') || 'message', data: of('data') };
    }
  }
}

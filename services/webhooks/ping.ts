/** The body of a ping: an outbound event like any other that tells nothing. */
export const pingDetail = ({ id, createdAt }: { id: string; createdAt: Date }): string =>
  JSON.stringify({
    id,
    type: 'Ping',
    version: 1,
    occurredAt: createdAt.toISOString(),
    correlationId: id,
    data: {},
  });

import type { CallObserver } from './tracing.port.ts';

type Next = (args: never) => Promise<unknown>;
/** As much of a client of the SDK as is needed: all of them have it. */
type Client = {
  middlewareStack: {
    add(
      middleware: (next: never, context: { clientName?: string; commandName?: string }) => Next,
      options: { step: 'initialize'; name: string; priority: 'high' },
    ): void;
  };
};

/** Calls of AWS as spans say them, by the names of OpenTelemetry: one for each call, with its retries. Nothing of what is sent. */
export function observeClient(client: unknown, calls: CallObserver | null): void {
  if (!calls) return;
  (client as Client).middlewareStack.add(
    (next: Next, { clientName = '', commandName = '' }) =>
      async (args) => {
        const ended = calls.begin();
        if (!ended) return next(args);
        const service = clientName.replace(/Client$/, '');
        const method = commandName.replace(/Command$/, '');
        const end = (answer: unknown, error?: { name?: string }) =>
          ended({
            name: `${service}.${method}`,
            attributes: {
              'rpc.system': 'aws-api',
              'rpc.service': service,
              'rpc.method': method,
              ...metadataOf(answer),
              ...(error?.name === undefined ? {} : { 'error.type': error.name }),
            },
            ...(error === undefined ? {} : { error: error.name ?? 'failed' }),
          });
        try {
          const answer = await next(args);
          end((answer as { output?: unknown } | undefined)?.output);
          return answer;
        } catch (error) {
          end(error, error as { name?: string });
          throw error;
        }
      },
    { step: 'initialize', name: 'jetwaySpans', priority: 'high' },
  );
}

/** @param answer of AWS, or what it refused with: both say it alike */
function metadataOf(answer: unknown): Record<string, string | number> {
  const { requestId, httpStatusCode, attempts } =
    (answer as { $metadata?: { requestId?: string; httpStatusCode?: number; attempts?: number } } | undefined)
      ?.$metadata ?? {};
  return {
    ...(requestId === undefined ? {} : { 'aws.request_id': requestId }),
    ...(httpStatusCode === undefined ? {} : { 'http.response.status_code': httpStatusCode }),
    ...(attempts === undefined || attempts < 2 ? {} : { 'http.request.resend_count': attempts - 1 }),
  };
}

import { CONTENT_TYPE } from '../telemetry/exposition.ts';

export type HealthDeps = {
  /** Of the database. */
  ping: () => Promise<void>;
  /** Text for Prometheus. */
  metrics: () => Promise<string>;
  /** @returns whether who sends this Authorization header may read them */
  mayReadMetrics: (authorization: string | null) => boolean;
};

/** What a process answers that serves nobody: whether it is alive, whether it can work, and its metrics to who may have them. */
export const healthOnly =
  ({ ping, metrics, mayReadMetrics }: HealthDeps) =>
  async (request: Request): Promise<Response> => {
    const { pathname } = new URL(request.url);
    if (pathname === '/healthz') return Response.json({ status: 'ok' });
    if (pathname === '/metrics' && mayReadMetrics(request.headers.get('authorization')))
      return new Response(await metrics(), { headers: { 'content-type': CONTENT_TYPE } });
    if (pathname !== '/readyz') return new Response(null, { status: 404 });
    return ping().then(
      () => Response.json({ status: 'ready' }),
      () => Response.json({ status: 'waiting', waitingFor: 'the database' }, { status: 503 }),
    );
  };

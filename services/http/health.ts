/** What a process answers that serves nobody: whether it is alive, and whether it can work. @param ping of the database */
export const healthOnly =
  (ping: () => Promise<void>) =>
  async (request: Request): Promise<Response> => {
    const { pathname } = new URL(request.url);
    if (pathname === '/healthz') return Response.json({ status: 'ok' });
    if (pathname !== '/readyz') return new Response(null, { status: 404 });
    return ping().then(
      () => Response.json({ status: 'ready' }),
      () => Response.json({ status: 'waiting', waitingFor: 'the database' }, { status: 503 }),
    );
  };

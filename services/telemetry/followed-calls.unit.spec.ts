import { describe, expect, it } from 'vitest';
import { followCalls } from './followed-calls.node.ts';
import { observeClient } from './observed-client.aws.ts';
import { observedStatements } from './observed-statements.pg.ts';

const pause = () => new Promise((resolve) => setTimeout(resolve, 1));

describe('calls', () => {
  it('belong to the work that they are made for, however pieces of work are woven', async () => {
    const { during, calls, of } = followCalls();
    const pieces = [{ n: 0 }, { n: 1 }, { n: 2 }];
    await Promise.all(
      pieces.map((piece) =>
        during([piece], async () => {
          for (let i = 0; i <= piece.n; i++) {
            const ended = calls.begin();
            await pause();
            ended?.({ name: `${piece.n}.${i}`, attributes: {} });
          }
        }),
      ),
    );
    expect(pieces.map((piece) => of(piece)?.calls.map(({ name }) => name))).toEqual([
      ['0.0'],
      ['1.0', '1.1'],
      ['2.0', '2.1', '2.2'],
    ]);
    const [call] = of(pieces[0])?.calls ?? [];
    expect(call!.endMs).toBeGreaterThan(call!.startMs);
    expect(Math.abs(call!.endMs - Date.now())).toBeLessThan(60_000);
  });

  it('are nobody’s where nobody follows', () => {
    expect(followCalls().calls.begin()).toBeUndefined();
  });

  it('are shared by a few pieces, and told once with many', async () => {
    const { during, calls, of } = followCalls();
    const run = async (count: number) => {
      const pieces = Array.from({ length: count }, () => ({}));
      await during(pieces, async () => calls.begin()?.({ name: 'one', attributes: {} }));
      return pieces.filter((piece) => of(piece)?.calls.length).length;
    };
    expect([await run(3), await run(300)]).toEqual([3, 1]);
  });

  it('are counted when there are too many', async () => {
    const { during, calls, of } = followCalls();
    const piece = {};
    await during([piece], async () => {
      for (let i = 0; i < 230; i++) calls.begin()?.({ name: `${i}`, attributes: {} });
    });
    expect([of(piece)?.calls.length, of(piece)?.dropped]).toEqual([200, 30]);
  });
});

describe('what is said of a call that failed', () => {
  it('is the code, and nothing of the message, which may quote a value', async () => {
    const { during, calls, of } = followCalls();
    const piece = {};
    const refused = Object.assign(new Error('Key (email)=(ana@example.com) already exists.'), {
      code: '23505',
    });
    let middleware: ((next: unknown, context: object) => (args: unknown) => Promise<unknown>) | undefined;
    observeClient({ middlewareStack: { add: (made: never) => (middleware = made) } }, calls);
    const throttled = Object.assign(new Error('a secret'), {
      name: 'ThrottlingException',
      $metadata: { requestId: 'r-1', httpStatusCode: 400, attempts: 3 },
    });
    const call = middleware!(() => Promise.reject(throttled), {
      clientName: 'SFNClient',
      commandName: 'StartExecutionCommand',
    });
    await during([piece], async () => {
      observedStatements(calls)({ operation: 'INSERT', summary: 'INSERT email_holds' })?.(refused);
      await expect(call({})).rejects.toBe(throttled);
    });
    expect(of(piece)?.calls).toMatchObject([
      {
        name: 'INSERT email_holds',
        error: 'SQLSTATE 23505',
        attributes: { 'error.type': '23505', 'db.response.status_code': '23505' },
      },
      {
        name: 'SFN.StartExecution',
        error: 'ThrottlingException',
        attributes: {
          'error.type': 'ThrottlingException',
          'http.request.resend_count': 2,
          'aws.request_id': 'r-1',
        },
      },
    ]);
    expect(JSON.stringify(of(piece))).not.toMatch(/ana@example|secret/);
  });
});

import { describe, expect, it } from 'vitest';
import { type Job, runJob } from './node-runtime.ts';

const calls: { client: string; operation: string; input: unknown; accessKeyId?: string }[] = [];
const sent: string[] = [];
const outside = {
  aws: (call: string) => {
    const parsed = JSON.parse(call);
    calls.push(parsed);
    return JSON.stringify(
      parsed.operation === 'Refuse'
        ? { error: { name: 'AccessDenied', message: 'no' } }
        : { output: { Seen: parsed.operation } },
    );
  },
  fetch: (method: string, url: string, body: string) => sent.push(`${method} ${url} ${body}`) && 200,
};
const run = (body: string, more: Partial<Job> = {}) =>
  runJob(
    {
      code: `const { XClient, LookCommand, RefuseCommand } = require('@aws-sdk/client-x');
        exports.handler = async (event, context) => {${body}};`,
      event: { word: 'hello' },
      timeoutMs: 60_000,
      environment: { COLOUR: 'green' },
      about: { functionName: 'f' },
      ...more,
    },
    outside,
  );

describe('a handler', () => {
  it('runs to its end at once, with calls, waits and answers in order', () => {
    const { error, elapsedMs, log } = run(`
      const seen = await new XClient({ credentials: { accessKeyId: 'AKIA1' } }).send(new LookCommand({ Id: event.word }));
      await Promise.all([1, 2].map(async (n) => { await new Promise((r) => setTimeout(r, n * 1000)); console.log(n); }));
      console.log(seen, process.env.COLOUR, context.functionName, context.getRemainingTimeInMillis());
      await fetch('https://example.com/x', { method: 'PUT', body: new TextEncoder().encode('é') });`);
    expect(error).toBeUndefined();
    expect(elapsedMs).toBe(2_000);
    expect(log).toEqual(['1', '2', '{"Seen":"Look"} green f 58000']);
    expect(calls).toEqual([{ client: 'x', operation: 'Look', input: { Id: 'hello' }, accessKeyId: 'AKIA1' }]);
    expect(sent).toEqual(['PUT https://example.com/x é']);
  });

  it('sees a refusal as an Error with the name of AWS', () => {
    expect(
      run(`try { await new XClient({}).send(new RefuseCommand({})); } catch (error) {
        console.log(error instanceof Error, error.name, error.message); }`).log,
    ).toEqual(['true AccessDenied no']);
  });

  it.each([
    ['throws', 'throw new TypeError("bad")', 'TypeError', 'bad'],
    [
      'waits too long',
      'await new Promise((r) => setTimeout(r, 61_000))',
      'Sandbox.Timedout',
      'Task timed out after 60.00 seconds',
    ],
    ['waits for nothing', 'await new Promise(() => {})', 'Runtime.ExitError', 'Runtime exited'],
    ['asks for a package that is not there', 'require("left-pad")', 'Error', "Cannot find module 'left-pad'"],
  ])('that %s fails as on Lambda', (_what, body, name, message) => {
    const { error } = run(body);
    expect(error?.name).toBe(name);
    expect(error?.message).toContain(message);
  });

  it('cannot be loaded when it is not JavaScript', () => {
    expect(run('', { code: 'export const handler =' }).error?.name).toBe('SyntaxError');
  });
});

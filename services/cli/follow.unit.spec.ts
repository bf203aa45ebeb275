import { describe, expect, it } from 'vitest';
import type { Client } from './client.ts';
import { follow } from './follow.ts';

const request = (status: string, failedAt: string) => ({
  id: 'req-1',
  kind: 'account',
  status,
  plan: { digest: 'sha256:0' },
  steps: [
    {
      name: 'guardrails',
      title: 'Guardrails',
      status: status === 'ACTIVE' ? 'succeeded' : 'failed',
      endedAt: failedAt,
    },
  ],
});

/** Tells of these, and then nothing until it is stopped. */
const telling = (...requests: object[]) =>
  ({
    async *events(_path: string, stop: AbortSignal) {
      for (const one of requests) yield { event: 'request', id: '', data: JSON.stringify(one) };
      await new Promise((resolve) => stop.addEventListener('abort', resolve));
    },
  }) as unknown as Client;

const NOBODY = { request: () => {}, fact: () => {} };
const [BEFORE, AGAIN, DONE] = [
  request('QUARANTINED', '2026-03-04T10:00:00Z'),
  request('QUARANTINED', '2026-03-04T10:05:00Z'),
  request('ACTIVE', '2026-03-04T10:06:00Z'),
];

describe('following a request', () => {
  it('ends with its quarantine', async () => {
    expect(await follow(telling(BEFORE, DONE), 'req-1', NOBODY, { timeoutMs: 5_000 })).toMatchObject({
      end: 'settled',
      request: { status: 'QUARANTINED' },
    });
  });

  it.each([
    ['goes on to its end', DONE, 'ACTIVE'],
    ['ends when the step fails once more', AGAIN, 'QUARANTINED'],
  ])('that was resumed is not at its end while it has not moved: %s', async (_what, then, status) => {
    const options = { timeoutMs: 5_000, resumed: BEFORE as never };
    expect(await follow(telling(BEFORE, BEFORE, then), 'req-1', NOBODY, options)).toMatchObject({
      end: 'settled',
      request: { status, steps: then.steps },
    });
  });
});

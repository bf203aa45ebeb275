import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { readConfig, silenceSdkNotice } from '../../services/config.ts';
import { startJetway } from '../../services/start.ts';
import { until } from '../support/jetway.ts';
import { layDatabase } from '../support/made-before.ts';

/** Our service, as it runs beside AWS: what it knows of AWS comes from moto's endpoint. */
export type ServiceOutside = {
  /** Asks for an account, approves it, and waits for the end. @returns how it ended */
  vend(body: object): Promise<{ status: string; accountId?: string; failure?: unknown }>;
  close(): Promise<void>;
};

const LONGEST_MS = 150_000;
const TEAM = 'payments';

// biome-ignore lint/suspicious/noExplicitAny: bodies of several routes
type Answer = any;

export async function startServiceOutside(endpoint: string): Promise<ServiceOutside> {
  silenceSdkNotice();
  const dataDir = mkdtempSync(join(tmpdir(), 'jetway-oracle-'));
  await layDatabase(join(dataDir, 'postgres'));
  const settings = { PORT: '0', DATA_DIR: dataDir, LOG_LEVEL: 'silent', AWS_ENDPOINT_URL: endpoint };
  const config = { ...readConfig(settings), port: 0 };
  const jetway = await startJetway(config, pino({ level: 'silent' }));

  async function send(method: string, path: string, body?: object, token?: string): Promise<Answer> {
    const response = await fetch(new URL(path, jetway.url), {
      method,
      headers: {
        ...(body && { 'content-type': 'application/json' }),
        ...(token && { authorization: `Bearer ${token}` }),
      },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text.slice(0, 500)}`);
    return JSON.parse(text);
  }
  const tokenOf = async (subject: string, roles: string[]): Promise<string> =>
    (await send('POST', '/dev/tokens', { subject, teams: [TEAM], roles })).token;
  return {
    async vend(body) {
      const [asker, approver] = [await tokenOf('ana', ['requester']), await tokenOf('bo', ['approver'])];
      const holds = (what: string, ask: () => Promise<boolean>) => until(what, ask, LONGEST_MS);
      await holds('the organization is read', async () => (await fetch(new URL('/readyz', jetway.url))).ok);
      const asked = await send('POST', '/v1/account-requests', { ...body, team: TEAM }, asker);
      const path = `/v1/account-requests/${asked.id}`;
      let now = asked;
      const comesTo = (what: string, statuses: RegExp) =>
        holds(what, async () => {
          now = await send('GET', path, undefined, asker);
          return statuses.test(now.status);
        });
      await comesTo('an approval is asked for', /^AWAITING_APPROVAL$/);
      const decision = { decision: 'approve', planDigest: asked.plan.digest };
      await send('POST', `${path}/decisions`, decision, approver);
      await comesTo(`${asked.id} is over`, /^(ACTIVE|QUARANTINED|REJECTED|DENIED|CANCELLED|EXPIRED)$/);
      return { status: now.status, accountId: now.accountId, failure: now.failure };
    },
    async close() {
      await jetway.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

import { exampleSnapshot } from '../reconciliation/snapshot.fixture.ts';
import { DEFAULT_SETTINGS } from '../settings/defaults.ts';
import { readAssets } from './assets.node.ts';
import type { PlanningContext } from './context.ts';

const assets = readAssets();

/** What planning knows of the example landing zone, with some of it replaced. */
export const contextWith = (changes: Partial<PlanningContext> = {}): PlanningContext => ({
  ...assets,
  requestId: 'req-018e0000-0000-7000-8000-000000000001',
  now: '2026-03-04T10:00:00.000Z',
  snapshot: exampleSnapshot,
  takenBlocks: [],
  emailTakenBy: undefined,
  nameTakenBy: undefined,
  accountsUsed: 3,
  settings: {
    cidrPools: ['10.0.0.0/8'],
    platformEmail: 'aws+jetway-platform@example.com',
    templateBaseUrl: 'https://artifacts.example.com',
    approvalExpiresAfterSeconds: 604_800,
    eta: { p50Seconds: 1_500, p90Seconds: 2_700 },
    auditAccountId: '333344445555',
    logArchiveAccountId: '222233334444',
    mirrorHub: { targetId: 'tmt-0123456789abcdef0', cidr: null },
  },
  policies: DEFAULT_SETTINGS.policies,
  ...changes,
});

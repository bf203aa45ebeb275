import { describe, expect, it } from 'vitest';
import { runCampaign } from '../chaos/campaign.ts';

describe('kill -9 of the service while AWS and a real Postgres live on', () => {
  it('both vends finish, also when the database connections are cut', {
    timeout: 300_000,
  }, async () => {
    const { duplicates, lost, stuck, vends, kills } = await runCampaign({
      vends: 2,
      firstBoot: [],
      moments: [
        { kind: 'aws', collection: 'sc/tokens' },
        { kind: 'cut', afterMs: 300 },
        { kind: 'state', name: 'Say that the guardrails are attached' },
      ],
      timeScale: 300,
      apart: true,
      patient: true,
      coin: () => true,
      say: () => {},
    });
    expect({ vends, kills: kills.length }).toEqual({ vends: 2, kills: 3 });
    expect({ duplicates, lost, stuck }).toEqual({ duplicates: [], lost: [], stuck: [] });
  });
});

import { describe, expect, it } from 'vitest';
import { runCampaign } from '../chaos/campaign.ts';
import type { Moment } from '../chaos/moments.ts';

const entering = (name: string): Moment => ({ kind: 'state', name });

/**
 * In the order of a vend. The first two are seen in the ledger over HTTP; the rest in what the embedded AWS has
 * written, some milliseconds after, also while the service starts, where a vend goes on before anybody can ask.
 */
const MOMENTS: [moment: Moment, what: string][] = [
  [{ kind: 'fact', type: 'AccountRequested' }, 'acknowledged'],
  [{ kind: 'fact', type: 'ApprovalDecided' }, 'approved'],
  [entering('Ask for a slot'), 'asking for a slot'],
  [entering('Ask to confirm the approval'), 'admitted, asking whether the approval holds'],
  [{ kind: 'aws', collection: 'sc/tokens' }, 'ProvisionProduct accepted, its answer not yet used'],
  [{ kind: 'aws', collection: 'org/accounts' }, 'account made, not yet known'],
  [entering('Say that the account is there'), 'account fenced'],
  [entering('Say that the blueprint is applied'), 'blueprint applied'],
  [entering('Say that the guardrails are attached'), 'guardrails attached'],
  [entering('Lift the fence'), 'active, fence still up'],
];

describe('kill -9 of the process at ten different moments of a vend', () => {
  it('the vend finishes, with exactly one account, and nothing is lost', { timeout: 300_000 }, async () => {
    const report = await runCampaign({
      vends: 1,
      firstBoot: [],
      moments: MOMENTS.map(([moment]) => moment),
      timeScale: 100,
      apart: false,
      patient: true,
      coin: () => false,
      say: () => {},
    });
    expect(report.kills).toHaveLength(10);
    expect(report.kills.filter((kill) => !kill.hit)).toEqual([]);
    // Their order is the vend's, so ten moments were ten: between two of them the ledger has mostly grown.
    expect(new Set(report.kills.map((kill) => kill.lastFact)).size).toBeGreaterThanOrEqual(5);
    const { duplicates, lost, stuck } = report;
    expect({ duplicates, lost, stuck }).toEqual({ duplicates: [], lost: [], stuck: [] });
  });
});

import { type Fact, type FactType, GOVERNANCE, type NewFact } from './fact.ts';

const START = Date.parse('2026-03-04T10:00:00.000Z');

/** A fact of the workflow; its time follows its version, a minute for each. */
export function newFact(type: FactType, version: number, changes: Partial<NewFact> = {}): NewFact {
  const occurredAt = changes.occurredAt ?? new Date(START + version * 60_000).toISOString();
  const id = changes.id ?? `${type}:${version}`;
  return {
    meaning: `workflow:${id}`,
    type,
    source: 'workflow',
    requestId: 'req-1',
    version,
    data: {},
    ...changes,
    id,
    occurredAt,
  };
}

/** The same fact as the ledger gives it back. */
export const ledgerFact = (type: FactType, version: number, changes: Partial<NewFact> = {}): Fact => {
  const fact = newFact(type, version, changes);
  return {
    ...fact,
    lane: GOVERNANCE,
    seq: version + 1,
    recordedAt: fact.occurredAt,
    hash: `sha256:${'0'.repeat(64)}`,
  };
};

const ACCOUNT = '444455556666';

/** Facts of a smooth vend, in their order. */
export const smoothVend: readonly Fact[] = [
  ledgerFact('AccountRequested', 0, { source: 'jetway' }),
  ledgerFact('AccountPlanned', 0, { source: 'jetway' }),
  ledgerFact('ApprovalRequested', 1),
  ledgerFact('ApprovalDecided', 0, {
    id: 'decision:req-1',
    source: 'jetway',
    actor: 'ben@example.com',
    data: { decision: 'approve' },
  }),
  ledgerFact('AccountQueued', 2),
  ledgerFact('AdmissionGranted', 0, { id: 'admission:req-1', source: 'jetway' }),
  ledgerFact('ApprovalConfirmed', 3, { source: 'jetway' }),
  ledgerFact('ProvisioningStarted', 4, { data: { recordId: 'rec-1', adopted: false } }),
  ledgerFact('AccountProvisioned', 5, { accountId: ACCOUNT }),
  ledgerFact('BlueprintApplied', 6, { accountId: ACCOUNT }),
  ledgerFact('GuardrailsAttached', 7, { accountId: ACCOUNT }),
  ledgerFact('AccountVended', 8, { accountId: ACCOUNT }),
  ledgerFact('AccessAssigned', 9, { accountId: ACCOUNT }),
];

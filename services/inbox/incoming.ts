import type { Envelope } from '../ledger/envelope.schema.ts';
import type { Ask, WorkflowFact } from './message.schema.ts';

/** A message of the inbox queue, parsed. */
export type Incoming =
  | { kind: 'ask'; ask: Ask }
  | { kind: 'fact'; fact: WorkflowFact }
  | { kind: 'event'; envelope: Envelope };

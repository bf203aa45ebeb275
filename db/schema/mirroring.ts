import { bigint, index, integer, jsonb, pgTable, primaryKey, text, timestamp } from 'drizzle-orm/pg-core';
import { rowsOfAccount, service } from './tenancy.ts';

const at = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' });

/** Accounts whose plan has a mirror profile: when they are looked at, and what the newest look at the whole account said. */
export const mirrorAccounts = pgTable(
  'mirror_accounts',
  {
    accountId: text('account_id').primaryKey(),
    /** The last look that was asked for; it has answered when `lookedAt` is not before `requestedAt`. */
    lookId: text('look_id'),
    requestedAt: at('requested_at'),
    lookedAt: at('looked_at'),
    /** Start of the newest whole look that is known, in milliseconds; null before the first. */
    version: bigint({ mode: 'number' }),
    /** NOT_ARMED | ARMED | MIRRORING */
    status: text(),
    /** Why it is not armed. */
    reason: text(),
    profile: text(),
    targetId: text('target_id'),
  },
  () => [...rowsOfAccount('mirror_accounts')],
);

/** Interfaces that profiles ask for, one row for each profile, and what has become of it. */
export const mirrorInterfaces = pgTable(
  'mirror_interfaces',
  {
    accountId: text('account_id').notNull(),
    networkInterfaceId: text('network_interface_id').notNull(),
    instanceId: text('instance_id').notNull(),
    instanceType: text('instance_type').notNull(),
    /** MIRRORING | ARMED | UNSUPPORTED | LIMIT */
    state: text().notNull(),
    reason: text(),
    sessionId: text('session_id'),
    sessionNumber: integer('session_number'),
    virtualNetworkId: integer('virtual_network_id'),
    targetId: text('target_id').notNull(),
    profile: text().notNull(),
    /** Start of the look that said so, in milliseconds. */
    version: bigint({ mode: 'number' }).notNull(),
    factId: text('fact_id').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.accountId, t.networkInterfaceId, t.profile] }),
    index('mirror_interfaces_id').on(t.networkInterfaceId),
    index('mirror_interfaces_vni').on(t.virtualNetworkId),
    ...rowsOfAccount('mirror_interfaces'),
  ],
);

/** The newest copies that a sink at the hub has told of: who spoke with whom, nothing of what was said. Few, and not for long. */
export const mirrorSamples = pgTable(
  'mirror_samples',
  {
    id: bigint({ mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    heardAt: at('heard_at').notNull(),
    /** Whose sink it is. */
    toldBy: text('told_by').notNull(),
    /** Where the copy came from: the primary address of its source. */
    fromIp: text('from_ip').notNull(),
    vni: integer().notNull(),
    /** InnerPacket of services/mirroring/vxlan.ts. */
    packet: jsonb().notNull(),
  },
  () => [service()],
);

export * from './access.ts';
export * from './approvals.ts';
export * from './exceptions.ts';
export * from './ledger.ts';
export * from './messages.ts';
export * from './people.ts';
export * from './requests.ts';
export * from './webhooks.ts';

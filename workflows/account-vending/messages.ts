import { type AskOptions, ask } from '../asl/ask.ts';
import type { TaskState } from '../asl/definition.ts';
import { expr } from '../asl/expression.ts';
import { type FactOptions, fact } from '../asl/fact.ts';

/** Every message of a vend names its request and the plan that was approved. */
const request = { requestId: '$requestId', planDigest: '$planDigest' };

/** `accountId` only once the account is known: an empty one is left out of the message. */
const account = { accountId: "$accountId != '' ? $accountId" };

export const vendAsk = (kind: Parameters<typeof ask>[0], options: AskOptions): TaskState =>
  ask(kind, { ...options, about: request });

/** A fact before there is an account. */
export const requestFact = (type: Parameters<typeof fact>[0], options: FactOptions): TaskState =>
  fact(type, { ...options, about: request });

/** A fact of the vend; carries the account as soon as it is known. */
export const vendFact = (type: Parameters<typeof fact>[0], options: FactOptions): TaskState =>
  fact(type, { ...options, about: { ...request, ...account } });

/** The two roles with which the vend works in the new account; the second is what the first one makes. */
export const asControlTower = expr("'arn:aws:iam::' & $accountId & ':role/AWSControlTowerExecution'");
export const asJetway = expr("'arn:aws:iam::' & $accountId & ':role/jetway-execution'");

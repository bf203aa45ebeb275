import { type AskOptions, ask } from '../asl/ask.ts';
import type { TaskState } from '../asl/definition.ts';
import { type FactOptions, fact } from '../asl/fact.ts';

/** Every message of a change names its request and the plan that was approved. */
const about = { requestId: '$requestId', planDigest: '$planDigest' };

export const changeAsk = (kind: Parameters<typeof ask>[0], options: AskOptions): TaskState =>
  ask(kind, { ...options, about });

export const changeFact = (type: Parameters<typeof fact>[0], options: FactOptions): TaskState =>
  fact(type, { ...options, about });

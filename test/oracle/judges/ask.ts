import { lookerIn } from '../mixed-aws.ts';
import type { Moto } from '../moto.ts';

/** Asks moto in one account and Region, as somebody who may only look. */
// biome-ignore lint/suspicious/noExplicitAny: answers of many operations; each judge knows its own
export type Ask = (service: string, action: string, input?: object) => any;

export const askIn =
  (moto: Moto, accountId: string, region: string): Ask =>
  (service, action, input = {}) =>
    moto.call(service, action, input, { roleArn: lookerIn(accountId), region });

/** Every item of a list that comes in pages. */
// biome-ignore lint/suspicious/noExplicitAny: see above
export function listOf(ask: Ask, service: string, action: string, key: string, input: object = {}): any[] {
  const items = [];
  for (let next: object = {}; ; ) {
    const answer = ask(service, action, { ...input, ...next });
    items.push(...(answer[key] ?? []));
    if (answer.NextToken) next = { NextToken: answer.NextToken };
    else if (answer.IsTruncated) next = { Marker: answer.Marker };
    else return items;
  }
}

/** A policy document as IAM answers it: on AWS percent-encoded. */
export const documentOf = (text: string): unknown => JSON.parse(decodeURIComponent(text));

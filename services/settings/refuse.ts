import type { FieldError } from '../kernel/errors.ts';
import type { Endpoint, Settings } from './settings.schema.ts';

/** What the installation says of an endpoint by itself, at pointers within it: hosts that may be called, reserved names. */
export type EndpointCheck = (endpoint: Endpoint) => readonly FieldError[];

export type ValidationContext = {
  before: Settings;
  /** Milliseconds. */
  now: number;
  checkEndpoint: EndpointCheck;
};

/** Notes one thing that stands in the way, at its JSON pointer in the document. */
export type Refuse = (pointer: string, message: string) => void;

/** Says of every name but the first that it is there twice. @param name undefined for what has none */
export function refuseTwice<T>(
  items: readonly T[],
  at: (index: number) => string,
  name: (item: T) => string,
  refuse: Refuse,
): void {
  const seen = new Set<string>();
  items.forEach((item, i) => {
    const key = name(item);
    if (seen.has(key)) refuse(at(i), `${key} is there twice`);
    seen.add(key);
  });
}

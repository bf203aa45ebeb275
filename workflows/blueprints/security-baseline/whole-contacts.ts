import type { ParameterValue } from '../parameter-types.ts';

const CONTACTS = ['security', 'operations', 'billing'];
const PARTS = ['Name', 'Title', 'Email', 'Phone'];

type Read = { parameters: Record<string, ParameterValue> } | { path: string; message: string };

/** AWS takes a contact whole or not at all: one that is begun has to be finished. */
export function wholeContacts(given: Readonly<Record<string, ParameterValue>>): Read {
  for (const contact of CONTACTS) {
    const names = PARTS.map((part) => `${contact}Contact${part}`);
    const missing = names.find((name) => given[name] === undefined);
    const isBegun = names.some((name) => given[name] !== undefined);
    if (missing !== undefined && isBegun)
      return { path: missing, message: `is required when another part of the ${contact} contact is given` };
  }
  return { parameters: { ...given } };
}

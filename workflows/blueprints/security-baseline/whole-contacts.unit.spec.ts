import { describe, expect, it } from 'vitest';
import { wholeContacts } from './whole-contacts.ts';

const whole = {
  billingContactName: 'Bea',
  billingContactTitle: 'Billing',
  billingContactEmail: 'billing@example.com',
  billingContactPhone: '+1 206 555 0100',
};

describe('alternate contacts', () => {
  it('are taken whole, or not at all', () => {
    expect(wholeContacts({})).toEqual({ parameters: {} });
    expect(wholeContacts(whole)).toEqual({ parameters: whole });
  });

  it.each(Object.keys(whole))('are refused without %s', (name) => {
    const { [name as keyof typeof whole]: _left, ...rest } = whole;
    expect(wholeContacts(rest)).toEqual({
      path: name,
      message: 'is required when another part of the billing contact is given',
    });
  });
});

import { vendFact } from '../account-vending/messages.ts';
import type { States } from '../asl/definition.ts';
import { succeed } from '../asl/succeed.ts';
import { elseStop } from './failures.ts';

export const done: States = {
  'Say that the account is changed': vendFact('AccountChanged', {
    data: { verified: '$verified' },
    catch: [elseStop('verify')],
    next: 'The account is changed',
  }),
  'The account is changed': succeed('ACTIVE'),
};

import { when } from '../asl/choice.ts';
import type { States } from '../asl/definition.ts';
import { expr } from '../asl/expression.ts';
import { askToConfirm } from '../confirm.ts';
import { VEND_DESK } from './failures.ts';
import { vendAsk } from './messages.ts';

export const confirm: States = askToConfirm(
  { desk: VEND_DESK, ask: vendAsk },
  {
    confirmed: when("$outcome = 'confirmed'", 'Look for the product', {
      looks: 0,
      sent: expr('$epoch > 0'),
    }),
    cancelled: 'Nothing was made',
  },
);

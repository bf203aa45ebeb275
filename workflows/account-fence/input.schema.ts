import { z } from 'zod';

/** Input of an `account-fence` execution: the CreateAccountResult event of Organizations, as EventBridge sends it. */
export const AccountFenceInput = z.looseObject({
  detail: z.looseObject({
    serviceEventDetails: z.looseObject({
      createAccountStatus: z.looseObject({
        state: z.literal('SUCCEEDED'),
        accountId: z.string().regex(/^\d{12}$/),
      }),
    }),
  }),
});
export type AccountFenceInput = z.infer<typeof AccountFenceInput>;

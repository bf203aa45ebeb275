import { AwsError, type Caller, type ServiceModule, type World } from '../world.ts';
import { getSetting, putSetting } from './account-settings.ts';

type Block = Partial<Record<(typeof SWITCHES)[number], boolean>>;
const SWITCHES = [
  'BlockPublicAcls',
  'IgnorePublicAcls',
  'BlockPublicPolicy',
  'RestrictPublicBuckets',
] as const;

/** S3 Control: the account's public access block. */
export function s3ControlService(world: World): ServiceModule {
  return {
    shape: 's3control',
    operations: {
      PutPublicAccessBlock: (
        input: { AccountId: string; PublicAccessBlockConfiguration: Block },
        caller: Caller,
      ) => {
        checkOwner(input.AccountId, caller);
        const { PublicAccessBlockConfiguration: given } = input;
        // What is left out is off.
        const block = Object.fromEntries(SWITCHES.map((name) => [name, given[name] === true]));
        putSetting(world, caller, 's3-public-access-block', block);
        return {};
      },
      GetPublicAccessBlock: (input: { AccountId: string }, caller: Caller) => {
        checkOwner(input.AccountId, caller);
        const block = getSetting<Block>(world.store, caller, 's3-public-access-block');
        if (!block)
          throw new AwsError(
            'NoSuchPublicAccessBlockConfiguration',
            'The public access block configuration was not found',
            404,
          );
        return { PublicAccessBlockConfiguration: block };
      },
    },
  };
}

function checkOwner(accountId: string, caller: Caller): void {
  if (accountId !== caller.accountId) throw new AwsError('AccessDenied', 'Access Denied', 403);
}

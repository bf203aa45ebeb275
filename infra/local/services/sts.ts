import type { Caller, ServiceModule } from '../world.ts';
import { parseRoleArn } from './iam.ts';

/** Only `GetCallerIdentity`: Step Functions assumes roles itself, for `Credentials`. */
export function stsService(): ServiceModule {
  return {
    shape: 'sts',
    operations: {
      GetCallerIdentity: (_input: unknown, caller: Caller) => ({
        UserId: callerUserId(caller),
        Account: caller.accountId,
        Arn: sessionArn(caller),
      }),
    },
  };
}

/** A role acts through a session: `arn:aws:sts::…:assumed-role/jetway-vend/embedded`. Others are themselves. */
export function sessionArn({ principalArn }: Pick<Caller, 'principalArn'>): string {
  const role = parseRoleArn(principalArn);
  return role ? `arn:aws:sts::${role.accountId}:assumed-role/${role.roleName}/embedded` : principalArn;
}

function callerUserId({ accountId, principalArn }: Caller): string {
  const role = parseRoleArn(principalArn);
  return role ? `AROAEXAMPLE${role.accountId}:embedded` : accountId;
}

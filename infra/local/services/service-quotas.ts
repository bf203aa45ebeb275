import { page } from '../paging.ts';
import type { Store } from '../store.ts';
import { AwsError, type Caller, type Operation, type ServiceModule, type World } from '../world.ts';

export type Quota = { serviceCode: string; code: string; name: string; value: number; adjustable: boolean };

/**
 * The limits that the embedded AWS keeps to, with the values that a landing zone starts with. Only L-E619E033 is AWS's
 * own code; the others have no published one, so read them by name.
 */
export const QUOTAS = {
  accounts: quota('organizations', 'L-E619E033', 'Default maximum number of accounts', 1_000),
  policiesPerTarget: quota(
    'organizations',
    'L-SCP-TARGET',
    'Service control policies attached to a target',
    10,
  ),
  policySize: quota('organizations', 'L-SCP-SIZE', 'Service control policy size in characters', 10_240),
  accountOperations: quota('controltower', 'L-ACCOUNT-OPERATIONS', 'Concurrent account operations', 5),
  controlOperations: quota('controltower', 'L-CONTROL-OPERATIONS', 'Concurrent control operations', 100),
} as const;

function quota(serviceCode: string, code: string, name: string, value: number): Quota {
  return { serviceCode, code, name, value, adjustable: true };
}

/** Quotas of services without Regions are told here and nowhere else. */
const QUOTAS_OF_GLOBAL_SERVICES = 'us-east-1';

const COLLECTION = 'quotas';
const keyOf = (quota: Pick<Quota, 'serviceCode' | 'code'>) => `${quota.serviceCode}/${quota.code}`;

/** The live value of a limit. */
export const limit = (store: Store, quota: Quota): number =>
  store.get<Quota>(COLLECTION, keyOf(quota))?.value ?? quota.value;

/** Changes a limit, as AWS Support does; inside a store transaction. */
export function setLimit(store: Store, quota: Quota, value: number): void {
  store.put(COLLECTION, keyOf(quota), { ...quota, value });
}

export function serviceQuotasService(world: World): ServiceModule {
  const { store, landingZone } = world;
  const known = (serviceCode: string, { region }: Caller): Quota[] => {
    const quotas = Object.values(QUOTAS).filter((quota) => quota.serviceCode === serviceCode);
    if (quotas.length > 0 && (serviceCode !== 'organizations' || region === QUOTAS_OF_GLOBAL_SERVICES))
      return quotas;
    // AWS's words, also where a service has quotas and they are another Region's to tell.
    throw new AwsError(
      'NoSuchResourceException',
      'The request failed because the specified service does not exist.',
    );
  };
  const one = (input: { ServiceCode: string; QuotaCode: string }, caller: Caller): Quota => {
    const found = known(input.ServiceCode, caller).find((quota) => quota.code === input.QuotaCode);
    if (found) return found;
    throw new AwsError('NoSuchResourceException', `The quota ${input.QuotaCode} does not exist.`);
  };
  const show = (quota: Quota, value: number, caller: Caller) => ({
    ServiceCode: quota.serviceCode,
    ServiceName: quota.serviceCode === 'organizations' ? 'AWS Organizations' : 'AWS Control Tower',
    QuotaArn: `arn:aws:servicequotas:${caller.region}:${caller.accountId}:${quota.serviceCode}/${quota.code}`,
    QuotaCode: quota.code,
    QuotaName: quota.name,
    Value: value,
    Unit: 'None',
    Adjustable: quota.adjustable,
    GlobalQuota: quota.serviceCode === 'organizations',
    QuotaAppliedAtLevel: 'ACCOUNT',
  });
  const live = (quota: Quota, caller: Caller) => {
    const mine = caller.accountId === landingZone.managementAccountId;
    return show(quota, mine ? limit(store, quota) : quota.value, caller);
  };

  const operations: Record<string, Operation> = {
    ListServiceQuotas(
      input: { ServiceCode: string; NextToken?: string; MaxResults?: number },
      caller: Caller,
    ) {
      const quotas = known(input.ServiceCode, caller);
      const size = input.MaxResults ?? 100;
      const { items, nextToken } = page(quotas, input.NextToken, size, 'InvalidPaginationTokenException');
      return { Quotas: items.map((quota) => live(quota, caller)), NextToken: nextToken };
    },
    GetServiceQuota: (input, caller) => ({ Quota: live(one(input, caller), caller) }),
    GetAWSDefaultServiceQuota: (input, caller) => ({
      Quota: show(one(input, caller), one(input, caller).value, caller),
    }),
  };
  return { shape: 'service-quotas', operations };
}

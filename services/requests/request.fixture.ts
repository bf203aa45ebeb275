import { AccountRequest } from './request.schema.ts';

type Input = Partial<Omit<AccountRequest, 'account'>> & { account?: Partial<AccountRequest['account']> };

/** A request of the payments team, with what is not said filled in. */
export const requestWith = ({ account, ...changes }: Input = {}): AccountRequest =>
  AccountRequest.parse({
    team: 'payments',
    owner: { email: 'ana@example.com', firstName: 'Ana', lastName: 'Lopez' },
    justification: 'PCI workload, go-live in March',
    blueprint: { name: 'standard', parameters: { vpc: { size: 'medium', availabilityZones: 2 } } },
    guardrails: ['AWS-GR_ENCRYPTED_VOLUMES'],
    access: [{ group: 'payments-admins', permissionSet: 'AdministratorAccess' }],
    tags: { 'cost-center': '4711' },
    ...changes,
    account: {
      name: 'payments-prod',
      email: 'aws+payments-prod@example.com',
      organizationalUnitId: 'ou-ab12-workloads',
      ...account,
    },
  });

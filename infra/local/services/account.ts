import { ORGANIZATION_COLLECTIONS, type OrganizationAccount } from '../organization-tree.ts';
import { AwsError, type Caller, type ServiceModule, type World } from '../world.ts';

type AlternateContact = {
  AlternateContactType: 'BILLING' | 'OPERATIONS' | 'SECURITY';
  Name: string;
  Title: string;
  EmailAddress: string;
  PhoneNumber: string;
};

const CONTACTS = 'account/alternate-contacts';

/**
 * AWS Account Management: contacts. The management account may name a member in `AccountId`; a member that names
 * an account, itself included, is refused as AWS refuses it.
 */
export function accountService(world: World): ServiceModule {
  const target = (input: { AccountId?: string }, caller: Caller): string => {
    const { managementAccountId } = world.landingZone;
    const isManagement = caller.accountId === managementAccountId;
    if (input.AccountId === undefined) return caller.accountId;
    if (!isManagement || input.AccountId === managementAccountId)
      throw new AwsError(
        'AccessDeniedException',
        `User: ${caller.principalArn} is not authorized to perform the action on account ${input.AccountId}`,
      );
    if (!organizationAccount(world, input.AccountId))
      throw new AwsError(
        'AccessDeniedException',
        `Account ${input.AccountId} is no member of the organization.`,
      );
    return input.AccountId;
  };
  return {
    shape: 'account',
    operations: {
      GetContactInformation: (input: { AccountId?: string }, caller: Caller) => ({
        ContactInformation: contactInformation(world, target(input, caller)),
      }),
      PutAccountName: (input: { AccountId?: string; AccountName: string }, caller: Caller) => {
        const account = organizationAccount(world, target(input, caller));
        if (account === undefined)
          throw new AwsError('ResourceNotFoundException', 'The account is no member of the organization.');
        world.store.put(ORGANIZATION_COLLECTIONS.accounts, account.Id, {
          ...account,
          Name: input.AccountName,
        });
      },
      GetAlternateContact: (
        input: { AccountId?: string } & Pick<AlternateContact, 'AlternateContactType'>,
        caller: Caller,
      ) => {
        const key = `${target(input, caller)}/${input.AlternateContactType}`;
        const AlternateContact = world.store.get<AlternateContact>(CONTACTS, key);
        if (!AlternateContact)
          throw new AwsError(
            'ResourceNotFoundException',
            'No contact of the inputted alternate contact type found.',
          );
        return { AlternateContact };
      },
      PutAlternateContact: (input: { AccountId?: string } & AlternateContact, caller: Caller) => {
        const { AccountId: _named, ...contact } = input;
        world.store.put(CONTACTS, `${target(input, caller)}/${input.AlternateContactType}`, contact);
        return {};
      },
    },
  };
}

function organizationAccount(world: World, accountId: string): OrganizationAccount | undefined {
  return world.store.get(ORGANIZATION_COLLECTIONS.accounts, accountId);
}

/** A member made by Organizations inherits the management account's address. */
function contactInformation(world: World, accountId: string) {
  const name = organizationAccount(world, accountId)?.Name ?? 'Example';
  return {
    FullName: name.slice(0, 50),
    AddressLine1: '1 Example Street',
    City: 'Seattle',
    StateOrRegion: 'WA',
    PostalCode: '98101',
    CountryCode: 'US',
    PhoneNumber: '+12065550100',
  };
}

import type { Fact, FactType, NewFact } from '../ledger/fact.ts';
import { DEPARTED, type Observation, type ObservedValues, ORGANIZATION } from './observation.ts';

/** A difference as a fact says it: what became of the thing, and what it was before. */
type Said = Pick<NewFact, 'type' | 'source' | 'accountId' | 'data'>;

export type AccountSeen = ObservedValues['account-unit'] &
  ObservedValues['account-identity'] &
  ObservedValues['account-state'];

const isAccountId = (id: string): boolean => /^\d{12}$/.test(id);

/** A thing that is new, other than it was, or gone. @param before its value until now; null when it was not there */
export function factAbout<O extends Observation>({ kind, key, value }: O, before: O['value']): Said {
  const [target = '', thing = '', place = ''] = key.split('/');
  const was = <K extends keyof ObservedValues>() => before as ObservedValues[K] | null;
  const is = <K extends keyof ObservedValues>() => value as ObservedValues[K] | null;
  const ofTarget = isAccountId(target) ? { accountId: target } : {};
  switch (kind) {
    case 'account-unit':
      return {
        type: 'AccountMoved',
        source: 'aws.organizations',
        accountId: key,
        data: {
          from: was<'account-unit'>()?.organizationalUnitId ?? null,
          to: is<'account-unit'>()?.organizationalUnitId ?? null,
        },
      };
    case 'account-identity':
      return {
        type: 'AccountRenamed',
        source: 'aws.organizations',
        accountId: key,
        data: { ...value, before },
      };
    case 'account-state': {
      const state = is<'account-state'>()?.state ?? DEPARTED;
      return {
        type: state === DEPARTED ? 'AccountLeft' : 'AccountStateChanged',
        source: 'aws.organizations',
        accountId: key,
        data: { state, before: was<'account-state'>()?.state ?? null },
      };
    }
    case 'account-origin':
      return {
        type: 'AccountClassified',
        source: 'jetway',
        accountId: key,
        data: { ...value, before: was<'account-origin'>()?.origin ?? null },
      };
    case 'product': {
      const of = is<'product'>() ?? was<'product'>();
      return {
        type: 'ProductChanged',
        source: 'aws.servicecatalog',
        ...(of?.accountId ? { accountId: of.accountId } : {}),
        data: {
          productId: key,
          name: of?.name ?? '',
          accountId: of?.accountId ?? null,
          status: is<'product'>()?.status ?? 'TERMINATED',
          before: was<'product'>()?.status ?? null,
        },
      };
    }
    case 'attachment':
      return {
        type: value === null ? 'PolicyDetached' : 'PolicyAttached',
        source: 'aws.organizations',
        ...ofTarget,
        data: {
          targetId: target,
          policyId: thing,
          policyName: (is<'attachment'>() ?? was<'attachment'>())?.policyName ?? '',
        },
      };
    case 'control':
      return {
        type: value === null ? 'ControlDisabled' : 'ControlEnabled',
        source: 'aws.controltower',
        data: {
          targetId: target,
          control: thing,
          status: is<'control'>()?.status ?? null,
          before: was<'control'>()?.status ?? null,
        },
      };
    case 'stack':
      return {
        type: 'StackChanged',
        source: 'aws.cloudformation',
        accountId: target,
        data: {
          stackName: thing,
          status: is<'stack'>()?.status ?? 'DELETED',
          before: was<'stack'>()?.status ?? null,
        },
      };
    case 'instance':
      return {
        type: 'StackInstanceChanged',
        source: 'aws.cloudformation',
        accountId: target,
        data: {
          stackSetName: thing,
          region: place,
          status: is<'instance'>()?.status ?? 'DELETED',
          before: was<'instance'>()?.status ?? null,
        },
      };
    default:
      return kind satisfies never;
  }
}

/** An account that was not in the organization until now, with all that is known of it. */
export const accountJoined = (accountId: string, seen: AccountSeen, joinedAt: string | null): Said => ({
  type: 'AccountJoined',
  source: 'aws.organizations',
  accountId,
  data: { ...seen, joinedAt },
});

const text = (value: unknown): string => String(value ?? '');

/** What a fact of the reconciler says of AWS; nothing for every other fact. The inverse of the functions above. */
export function observationsOf({
  type,
  accountId,
  data: d,
}: Pick<Fact, 'type' | 'accountId' | 'data'>): Observation[] {
  const scope = ORGANIZATION;
  const key = accountId ?? '';
  const own = isAccountId(text(d.targetId)) ? text(d.targetId) : scope;
  switch (type as FactType) {
    case 'AccountJoined':
      return [
        { scope, kind: 'account-unit', key, value: { organizationalUnitId: text(d.organizationalUnitId) } },
        { scope, kind: 'account-identity', key, value: { name: text(d.name), email: text(d.email) } },
        { scope, kind: 'account-state', key, value: { state: text(d.state) } },
      ];
    case 'AccountMoved':
      return [{ scope, kind: 'account-unit', key, value: { organizationalUnitId: text(d.to) } }];
    case 'AccountRenamed':
      return [{ scope, kind: 'account-identity', key, value: { name: text(d.name), email: text(d.email) } }];
    case 'AccountStateChanged':
    case 'AccountLeft':
      return [{ scope, kind: 'account-state', key, value: { state: text(d.state) } }];
    case 'AccountClassified':
      return [
        {
          scope,
          kind: 'account-origin',
          key,
          value: { origin: text(d.origin) as ObservedValues['account-origin']['origin'] },
        },
      ];
    case 'ProductChanged': {
      const value = {
        name: text(d.name),
        status: text(d.status),
        accountId: d.accountId == null ? null : text(d.accountId),
      };
      return [
        { scope, kind: 'product', key: text(d.productId), value: d.status === 'TERMINATED' ? null : value },
      ];
    }
    case 'PolicyAttached':
    case 'PolicyDetached':
      return [
        {
          scope: own,
          kind: 'attachment',
          key: `${text(d.targetId)}/${text(d.policyId)}`,
          value: type === 'PolicyAttached' ? { policyName: text(d.policyName) } : null,
        },
      ];
    case 'ControlEnabled':
    case 'ControlDisabled':
      return [
        {
          scope,
          kind: 'control',
          key: `${text(d.targetId)}/${text(d.control)}`,
          value: type === 'ControlEnabled' ? { status: text(d.status) } : null,
        },
      ];
    case 'StackChanged':
      return [
        {
          scope: key,
          kind: 'stack',
          key: `${key}/${text(d.stackName)}`,
          value: d.status === 'DELETED' ? null : { status: text(d.status) },
        },
      ];
    case 'StackInstanceChanged':
      return [
        {
          scope: key,
          kind: 'instance',
          key: `${key}/${text(d.stackSetName)}/${text(d.region)}`,
          value: d.status === 'DELETED' ? null : { status: text(d.status) },
        },
      ];
    default:
      return [];
  }
}

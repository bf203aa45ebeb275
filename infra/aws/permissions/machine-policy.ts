import { actionsUsed } from '../../../workflows/asl/actions.ts';
import type { Definition } from '../../../workflows/asl/definition.ts';
import { isService, SERVICES } from '../../../workflows/asl/services.ts';
import { iamAction } from '../../iam-action.ts';
import { DEPENDENT_ACTIONS, MACHINE_ACTIONS } from './dependent-actions.ts';
import { dependentScopeOf, type Scope, scopeOf } from './resources.ts';
import type { Place, Statement } from './statement.ts';

/** IAM's actions that the states of a machine call with the machine's own role, sorted. */
export const calledActions = (definition: Definition): string[] =>
  unique(
    actionsUsed(definition)
      .filter(({ credentials }) => credentials === 'none')
      .map(({ service, action }) =>
        iamAction(isService(service) ? SERVICES[service].shapes : service, action),
      ),
  );

/** Names of the roles of member accounts that its states take, sorted. */
export const takenRoles = (definition: Definition): string[] =>
  unique(actionsUsed(definition).flatMap(({ credentials }) => (credentials === 'none' ? [] : [credentials])));

/**
 * What the role of a machine may do: what its states call, what AWS asks for besides, the roles of accounts that it
 * takes, and its own log. Pure: the same text gives the same policy.
 */
export function machinePolicy(definition: Definition, place: Place): Statement[] {
  const called = calledActions(definition);
  const scoped = [
    ...called.map((action) => ({ group: 'Calls', action, scope: scopeOf(action, place) })),
    ...DEPENDENT_ACTIONS.flatMap(({ calls, actions }) =>
      calls.some((call) => called.includes(call))
        ? actions.map((action) => ({
            group: 'Needs',
            action,
            scope: dependentScopeOf(action, calls[0] ?? '', place),
          }))
        : [],
    ),
    ...MACHINE_ACTIONS.actions.map((action) => ({
      group: 'Log',
      action,
      scope: { resources: ['*'] } satisfies Scope,
    })),
  ];
  return [...grouped(scoped), ...takes(takenRoles(definition), place)];
}

type Scoped = { group: string; action: string; scope: Scope };

/** One statement for each scope, so that a reader sees together what may be done to the same things. */
function grouped(scoped: readonly Scoped[]): Statement[] {
  const byScope = new Map<string, Scoped[]>();
  for (const one of scoped) {
    const key = `${one.group} ${JSON.stringify(one.scope)}`;
    byScope.set(key, [...(byScope.get(key) ?? []), one]);
  }
  return [...byScope.values()].flatMap((same, index) => {
    const [{ group, scope } = { group: '', scope: undefined }] = same;
    if (!scope) return [];
    return [
      {
        Sid: `${group}${index + 1}`,
        Effect: 'Allow' as const,
        Action: unique(same.map(({ action }) => action)),
        Resource: scope.resources,
        ...(scope.condition ? { Condition: scope.condition } : {}),
      },
    ];
  });
}

/** Roles of accounts of this organization, and of no other whatever trusts us there. */
const takes = (roles: readonly string[], { partition, organizationId }: Place): Statement[] =>
  roles.length === 0
    ? []
    : [
        {
          Sid: 'Accounts',
          Effect: 'Allow',
          Action: ['sts:AssumeRole'],
          Resource: roles.map((role) => `arn:${partition}:iam::*:role/${role}`),
          Condition: { StringEquals: { 'aws:ResourceOrgID': organizationId } },
        },
      ];

const unique = (texts: readonly string[]): string[] => [...new Set(texts)].sort();

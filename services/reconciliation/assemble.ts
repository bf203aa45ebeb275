import type { z } from 'zod';
import type { OrganizationSnapshot, SnapshotPartKind } from './snapshot.schema.ts';
import { SnapshotPartKinds } from './snapshot.schema.ts';

export type Part = { kind: SnapshotPartKind; value: unknown };

export type ObservedAccount = {
  accountId: string;
  name: string;
  email: string;
  parentId: string;
  state: string;
  joinedAt: string | null;
};

export type ObservedProduct = { id: string; name: string; status: string; accountId: string | null };

export type Assembly = {
  snapshot: OrganizationSnapshot;
  accounts: ObservedAccount[];
  products: ObservedProduct[];
  /** Start of the reading in milliseconds, by AWS's clock. */
  readFrom: number;
};

/**
 * Puts the parts of one reconcile together. @throws Error naming the part that is missing or malformed: a half-read
 * organization is never planned with
 */
export function assembleSnapshot(id: string, takenAt: string, parts: readonly Part[]): Assembly {
  const all = <K extends SnapshotPartKind>(kind: K): z.infer<(typeof SnapshotPartKinds)[K]>[] =>
    parts
      .filter((p) => p.kind === kind)
      .map((p) => SnapshotPartKinds[kind].parse(p.value) as z.infer<(typeof SnapshotPartKinds)[K]>);
  const one = <K extends SnapshotPartKind>(kind: K) => {
    const found = all(kind)[0];
    if (!found) throw new Error(`the snapshot has no part of kind ${kind}`);
    return found;
  };

  const organization = one('organization');
  const product = one('product');
  const identityCenter = one('identity-center');
  const quotas = all('quotas').flatMap(({ ServiceCode, Quotas }) =>
    Quotas.map((q) => ({ service: ServiceCode, code: q.QuotaCode, name: q.QuotaName, value: q.Value })),
  );
  const accounts = all('accounts').flatMap(({ ParentId, Accounts }) =>
    Accounts.map((a) => ({
      accountId: a.Id,
      name: a.Name,
      email: a.Email,
      parentId: ParentId,
      state: a.State ?? a.Status ?? 'ACTIVE',
      joinedAt: a.JoinedTimestamp ?? null,
    })),
  );
  const contents = new Map(all('policy').map((p) => [p.PolicyId, { content: p.Content }]));
  const controlArns = new Map(all('control-catalog').flatMap((p) => p.Controls.map((c) => [c.id, c.arn])));
  const controlNames = new Map([...controlArns].map(([control, arn]) => [arn, control]));
  const operations = quotas.find((q) => q.service === 'controltower' && /account operation/i.test(q.name));
  const products = all('provisioned-products').flatMap(({ ProvisionedProducts }) =>
    ProvisionedProducts.map((p) => ({
      id: p.Id,
      name: p.Name,
      status: p.Status,
      accountId: /^\d{12}$/.test(p.PhysicalId ?? '') ? (p.PhysicalId ?? null) : null,
    })),
  );
  return {
    accounts,
    products,
    readFrom: Date.parse(organization.ReadFrom ?? takenAt),
    snapshot: {
      id,
      takenAt,
      organizationId: organization.Organization.Id,
      managementAccountId: organization.Organization.MasterAccountId,
      rootId: organization.Root.Id,
      homeRegion: organization.HomeRegion,
      governedRegions: homeFirst(organization.HomeRegion, organization.LandingZone.governedRegions),
      landingZoneVersion: organization.LandingZone.version,
      units: all('unit').map((u) => ({
        id: u.Id,
        arn: u.Arn,
        name: u.Name,
        parentId: u.ParentId,
        path: u.Path,
        policies: u.Policies.map((p) => ({ id: p.Id, name: p.Name })),
        baseline: u.Baseline,
        controls: u.EnabledControls.map((c) => ({
          id: controlNames.get(c.controlIdentifier) ?? controlId(c.controlIdentifier),
          status: c.status ?? 'UNKNOWN',
        })),
      })),
      ...(controlArns.size > 0 ? { controlArns: Object.fromEntries(controlArns) } : {}),
      policies: all('policies').flatMap((p) =>
        p.Policies.map(({ Id, Name }) => ({ id: Id, name: Name, ...contents.get(Id) })),
      ),
      quotas,
      accountOperations: operations ? Math.trunc(operations.value) : null,
      product: {
        id: product.ProductId,
        name: product.Name,
        artifacts: product.Artifacts.map((a) => ({ id: a.Id, name: a.Name ?? '', active: a.Active ?? true })),
      },
      identityCenter: {
        instanceArn: identityCenter.InstanceArn,
        identityStoreId: identityCenter.IdentityStoreId,
      },
      permissionSets: all('permission-sets').flatMap((p) =>
        p.PermissionSets.map((s) => ({ arn: s.PermissionSetArn, name: s.Name })),
      ),
      groups: all('groups').flatMap((g) =>
        g.Groups.map(({ GroupId, DisplayName }) => ({ id: GroupId, name: DisplayName })),
      ),
      accountCount: accounts.length,
    },
  };
}

/** The landing zone's home Region is governed whether or not its manifest says so. */
const homeFirst = (home: string, governed: readonly string[]): string[] => [
  home,
  ...[...new Set(governed)].filter((region) => region !== home).sort(),
];

/** `arn:aws:controltower:<region>::control/<id>` → `<id>` */
export const controlId = (identifier: string): string => identifier.slice(identifier.lastIndexOf('/') + 1);

import { deepEqual, ok } from 'node:assert/strict';
import type { TaskBackend } from '../../infra/local/index.ts';
import { EXAMPLE_LANDING_ZONE } from '../../infra/local/landing-zone.ts';
import { provisionInput } from '../../infra/local/local-aws.fixture.ts';
import type { OrganizationSnapshot } from '../../services/reconciliation/snapshot.schema.ts';
import { readArtifacts } from '../../workflows/artifacts.node.ts';
import { type Organization, openOrganization } from '../../workflows/embedded.fixture.ts';
import { judgeGaps, judgeMissingServices } from './gaps.ts';
import { judgeUnmanaged } from './judge-unmanaged.ts';
import { judgeVend } from './judge-vend.ts';
import { type Call, mixedAws } from './mixed-aws.ts';
import { type Moto, openMoto } from './moto.ts';
import type { MotoAbilities } from './moto-server.ts';
import type { Report } from './report.ts';
import type { SdkBridge } from './sdk-bridge.ts';
import { foundTwin, managementRoleOf, type Twin } from './twin.ts';
import { blueprints, NOT_DEPLOYED, planFor, type VendedTwice } from './vends.ts';

type Server = { bridge: SdkBridge; url: string; abilities: MotoAbilities };

/** The embedded AWS with moto in it; `calls` are those that moto has answered to state machines. */
export type Mixed = Organization & { moto: Moto; calls: readonly Call[]; tasks: TaskBackend };

const BYSTANDER = 'oracle-bystander';

/** The same plans on the embedded AWS alone and on the mixed one; then moto is asked what there is. */
export async function judge(report: Report, server: Server): Promise<void> {
  const alone = await openOrganization();
  const mixed = await openMixed(server);
  try {
    const bystander = await provisionBystander(mixed);
    await provisionBystander(alone);
    const { snapshot } = await mixed.reconcile();
    const { snapshot: expected } = await alone.reconcile();
    report.check('organization', 'read from moto, it is the one that was made there', () =>
      deepEqual(timeless(snapshot), timeless(expected)),
    );
    let vended: VendedTwice | undefined;
    for (const [nth, blueprint] of blueprints().entries()) {
      const plan = planFor(blueprint, snapshot, nth + 1);
      vended = await judgeVend(report, { alone, mixed, blueprint, plan, bystander });
    }
    if (vended) await judgeUnmanaged(report, { alone, mixed, vended });
    report.check('moto', `answered all of ${mixed.calls.length} calls of state machines`, () =>
      deepEqual(mixed.moto.broken, []),
    );
    const member = vended?.mixed ?? bystander;
    judgeGaps(report, { moto: mixed.moto, aws: mixed.aws, ...server, member, bystander });
    await judgeMissingServices(report, server.url);
    report.note(
      'custom rules',
      `not asked for, their function is not deployed here: ${NOT_DEPLOYED.join(', ')}`,
    );
  } finally {
    await mixed.aws.close();
    await alone.aws.close();
  }
}

/** The embedded AWS, its landing zone made again on this moto. */
export async function openMixed({ bridge }: Pick<Server, 'bridge'>): Promise<Mixed> {
  const moto = openMoto(bridge, managementRoleOf({ landingZone: EXAMPLE_LANDING_ZONE }));
  const calls: Call[] = [];
  let twin: Twin | undefined;
  let tasks: TaskBackend | undefined;
  const organization = await openOrganization(1, {
    tasks: (embedded) => {
      const { organizationId } = EXAMPLE_LANDING_ZONE;
      tasks = mixedAws(embedded, { moto, organizationId, before: () => twin?.follow(), calls });
      return tasks;
    },
  });
  ok(tasks);
  twin = foundTwin(organization.aws, moto, { bucket: 'jetway-artifacts', artifacts: readArtifacts() });
  return { ...organization, moto, calls, tasks };
}

/** A member account that no vend may touch, in the unit where the vended ones will be. */
async function provisionBystander({ aws }: Organization): Promise<string> {
  aws.call('servicecatalog', 'ProvisionProduct', provisionInput(BYSTANDER));
  await aws.settle();
  const { Accounts } = aws.call('organizations', 'ListAccounts');
  const found = (Accounts as { Id: string; Name: string }[]).find(({ Name }) => Name === BYSTANDER);
  ok(found, 'the bystander was not made');
  return found.Id;
}

const timeless = ({ takenAt: _, ...rest }: OrganizationSnapshot) => rest;

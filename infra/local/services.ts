import { accountService } from './services/account.ts';
import { cloudFormationService } from './services/cloudformation.ts';
import { cloudTrailService } from './services/cloudtrail.ts';
import { configService } from './services/config.ts';
import { controlCatalogService } from './services/control-catalog.ts';
import { controlTowerService } from './services/control-tower.ts';
import { ec2Service } from './services/ec2.ts';
import { type EventBridgeService, eventsService } from './services/events.ts';
import { iamService } from './services/iam-api.ts';
import { identityStoreService } from './services/identitystore.ts';
import { organizationsService } from './services/organizations.ts';
import { s3ControlService } from './services/s3control.ts';
import type { AccountHooks } from './services/service-catalog/account-factory.ts';
import { serviceCatalogService } from './services/service-catalog.ts';
import { serviceQuotasService } from './services/service-quotas.ts';
import { type SqsService, sqsService } from './services/sqs.ts';
import { ssoAdminService } from './services/sso-admin.ts';
import { stsService } from './services/sts.ts';
import type { ServiceModule, World } from './world.ts';

/** Every service of the embedded AWS. Create them before the scheduler starts: they register their timers. */
export function createServices(
  world: World,
  stepFunctions: ServiceModule,
  hooks: AccountHooks,
): { modules: ServiceModule[]; events: EventBridgeService; sqs: SqsService } {
  const sqs = sqsService(world);
  const { managementAccountId: accountId, homeRegion: region } = world.landingZone;
  const caller = { accountId, region, principalArn: `arn:aws:iam::${accountId}:role/jetway-events` };
  const events = eventsService(world, {
    sendToQueue: sqs.send,
    startExecution: (stateMachineArn, input, name) =>
      stepFunctions.operations.StartExecution?.({ stateMachineArn, input, name }, caller),
  });
  const modules = [
    sqs,
    events,
    stepFunctions,
    organizationsService(world, hooks.onAccountCreated),
    controlCatalogService(world),
    controlTowerService(world),
    serviceCatalogService(world, hooks),
    serviceQuotasService(world),
    accountService(world),
    cloudFormationService(world),
    cloudTrailService(world),
    configService(world),
    ec2Service(world),
    iamService(world),
    identityStoreService(world),
    s3ControlService(world),
    ssoAdminService(world),
    stsService(),
  ];
  return { modules, events, sqs };
}

import { App } from 'aws-cdk-lib';
import type { JetwayStack } from './jetway-stack.ts';
import type { Machine } from './machines.node.ts';
import { AlarmsStack } from './stacks/alarms.ts';
import { ArtifactsStack } from './stacks/artifacts.ts';
import { DataStack } from './stacks/data.ts';
import { FenceStack } from './stacks/fence.ts';
import { ForwardingStack } from './stacks/forwarding.ts';
import { MachinesStack } from './stacks/machines.ts';
import { type ComponentTemplate, MembersStack } from './stacks/members.ts';
import { MessagingStack } from './stacks/messaging.ts';
import { NetworkStack } from './stacks/network.ts';
import { ServiceStack } from './stacks/service.ts';

/** What a deployment is made from besides this folder: the machines, and two templates of components. */
export type Sources = {
  machines: readonly Machine[];
  members: { role: ComponentTemplate; forwarding: ComponentTemplate };
};

/** Every stack, in the order in which they are deployed. Pure: the same sources give the same templates. */
export function createApp(sources: Sources): { app: App; stacks: JetwayStack[] } {
  const app = new App({ analyticsReporting: false, treeMetadata: false });
  const machines = sources.machines.map(({ name }) => name);
  const artifacts = new ArtifactsStack(app);
  const fence = new FenceStack(app);
  const messaging = new MessagingStack(app, machines);
  const forwarding = new ForwardingStack(app);
  const stateMachines = new MachinesStack(app, sources.machines, messaging.keyArn);
  const members = new MembersStack(app, sources.members);
  const network = new NetworkStack(app);
  const data = new DataStack(app, network);
  const service = new ServiceStack(app, { network, data, messaging, machines });
  const alarms = new AlarmsStack(app, { service, data, messaging, machines });
  const stacks: JetwayStack[] = [
    artifacts,
    fence,
    messaging,
    forwarding,
    stateMachines,
    members,
    network,
    data,
    service,
    alarms,
  ];
  return { app, stacks };
}

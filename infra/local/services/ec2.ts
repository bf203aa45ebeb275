import type { Caller, ServiceModule, World } from '../world.ts';
import { getSetting, putSetting } from './account-settings.ts';
import { instanceOperations } from './ec2/instances.ts';
import { routeOperations } from './ec2/routes.ts';
import { securityGroupOperations } from './ec2/security-groups.ts';
import { trafficMirrorOperations } from './ec2/traffic-mirrors.ts';
import { vpcOperations } from './ec2/vpcs.ts';
import { wayOperations } from './ec2/ways.ts';

type Defaults = Record<string, unknown>;
/** `ModifyInstanceMetadataDefaults` with this value takes a default away. */
const NO_PREFERENCE: readonly unknown[] = ['no-preference', -1];

/** EC2: the defaults, VPCs, rules of security groups, instances and traffic mirrors of an account in a Region. */
export function ec2Service(world: World): ServiceModule {
  const encrypt = (EbsEncryptionByDefault: boolean) => (_input: unknown, caller: Caller) => {
    putSetting(world, caller, 'ebs-encryption', EbsEncryptionByDefault);
    return { EbsEncryptionByDefault };
  };
  const mirrors = trafficMirrorOperations(world);
  return {
    shape: 'ec2',
    operations: {
      ...vpcOperations(world),
      ...securityGroupOperations(world),
      ...instanceOperations(world, mirrors.onInterfaceGone),
      ...routeOperations(world),
      ...wayOperations(world),
      ...mirrors.operations,
      EnableEbsEncryptionByDefault: encrypt(true),
      DisableEbsEncryptionByDefault: encrypt(false),
      GetEbsEncryptionByDefault: (_input: unknown, caller: Caller) => {
        const isOn = getSetting<boolean>(world.store, caller, 'ebs-encryption') === true;
        return { EbsEncryptionByDefault: isOn, SseType: isOn ? 'sse-ebs' : 'none' };
      },
      ModifyInstanceMetadataDefaults: ({ DryRun: _dry, ...input }: Defaults, caller: Caller) => {
        const before = getSetting<Defaults>(world.store, caller, 'instance-metadata') ?? {};
        const kept = Object.entries({ ...before, ...input }).filter(
          ([, value]) => !NO_PREFERENCE.includes(value),
        );
        putSetting(world, caller, 'instance-metadata', Object.fromEntries(kept));
        return { Return: true };
      },
      GetInstanceMetadataDefaults: (_input: unknown, caller: Caller) => ({
        AccountLevel: {
          ...getSetting<Defaults>(world.store, caller, 'instance-metadata'),
          ManagedBy: 'account',
        },
      }),
    },
  };
}

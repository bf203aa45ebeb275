import type { World } from '../../../world.ts';
import { type SetOperation, type StackInstance, type StackSet, setArn } from './documents.ts';

/** Stack sets speak in the account and Region where they are kept, whichever account they work in. */
const emit = (world: World, set: StackSet, detailType: string, detail: Record<string, unknown>): void =>
  world.emit({
    'detail-type': detailType,
    source: 'aws.cloudformation',
    account: set.accountId,
    region: set.region,
    resources: [setArn(set)],
    detail: { 'stack-set-arn': setArn(set), ...detail },
  });

export const emitOperation = (world: World, set: StackSet, { id, status }: SetOperation): void =>
  emit(world, set, 'CloudFormation StackSet Operation Status Change', {
    'stack-set-operation-id': id,
    'status-details': { status },
  });

export const emitInstance = (world: World, set: StackSet, instance: StackInstance): void =>
  emit(world, set, 'CloudFormation StackSet StackInstance Status Change', {
    'stack-id': instance.stackId ?? '',
    'status-details': {
      status: instance.status,
      'status-reason': instance.reason ?? '',
      'detailed-status': instance.detailed,
    },
  });

import { type TaskTimer, taskTimedOut } from './callbacks.ts';
import { endExecution } from './executions.ts';
import { putFrame } from './frames.ts';
import type { Kernel } from './kernel.ts';

/**
 * What the engine's timers do when they fire, each inside the transaction that removes it. A timer whose state was
 * left in the meantime does nothing.
 */
export function registerTimers(kernel: Kernel): void {
  const { scheduler, docs } = kernel;

  scheduler.on('states.wake', (data: { execution: string; frame: number; stamp: number }) => {
    const execution = docs.executions.get(data.execution);
    const frame = docs.frame(data.execution, data.frame);
    if (execution?.status !== 'RUNNING' || frame?.activity.kind !== 'sleep') return;
    if (frame.activity.stamp !== data.stamp) return;
    putFrame({ kernel, execution }, { ...frame, activity: { kind: frame.activity.to } });
  });

  scheduler.on('states.task-timeout', (data: TaskTimer) => taskTimedOut(kernel, data, 'timeout'));
  scheduler.on('states.heartbeat-timeout', (data: TaskTimer) => taskTimedOut(kernel, data, 'heartbeat'));

  scheduler.on('states.execution-timeout', (data: { execution: string }) => {
    const execution = docs.executions.get(data.execution);
    if (execution?.status !== 'RUNNING') return;
    const failure = { error: null, cause: null };
    endExecution({ kernel, execution }, 0, { status: 'TIMED_OUT', failure });
  });
}

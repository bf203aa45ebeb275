import type { TaskState } from './definition.ts';

export type TaskLabels = { resourceType: string; resource: string };

/**
 * How the history names an integration: `aws-sdk:organizations` and `describeAccount`, `sqs` and
 * `sendMessage.waitForTaskToken`.
 */
export function labelsOf({ Resource }: TaskState): TaskLabels {
  const parts = Resource.split(':').slice(5);
  const resource = parts.pop() ?? '';
  return { resourceType: parts.join(':'), resource };
}

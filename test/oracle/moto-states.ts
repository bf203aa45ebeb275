import { until } from '../support/jetway.ts';
import { askMoto } from './moto-wire.ts';

/** moto's Step Functions over the wire. */
export type MotoStates = {
  // biome-ignore lint/suspicious/noExplicitAny: answers of several operations; each caller knows its own
  call(action: string, input: object): Promise<any>;
  /** When this execution is over. */
  ended(executionArn: string): Promise<void>;
};

const LONGEST_MS = 120_000;

export function openMotoStates(url: string): MotoStates {
  const call: MotoStates['call'] = (action, input) =>
    askMoto(url, 'states', `AWSStepFunctions.${action}`, input);
  return {
    call,
    ended: (executionArn) =>
      until(
        `${executionArn} ends`,
        async () => (await call('DescribeExecution', { executionArn })).status !== 'RUNNING',
        LONGEST_MS,
      ),
  };
}

import {
  DescribeExecutionCommand,
  ListExecutionsCommand,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { Failed } from '../cli/explain.ts';
import { NotReady } from './errors.ts';

/** @property endpoint undefined: real AWS, with the credentials of whoever runs the command */
export type MachinePlace = {
  endpoint: string | undefined;
  region: string;
  accountId: string;
  /** Where the file says so: `zone.yaml:3:1 says home Region eu-west-1, …`. */
  said: string;
};

const NAME = 'landing-zone';
/** What the machine says when something has to be switched by a person first. */
const NOT_READY = ['LandingZoneNotReady', 'NoLandingZone'];

/** The workflow `landing-zone`, started and awaited. Three calls of Step Functions are all that the command needs of AWS. */
export function openMachine({ endpoint, region, accountId, said }: MachinePlace) {
  const explained = explainedFor(said);
  const sfn = new SFNClient({
    region,
    ...(endpoint ? { endpoint, credentials: { accessKeyId: 'local', secretAccessKey: 'local' } } : {}),
    maxAttempts: 5,
  });
  const stateMachineArn = `arn:aws:states:${region}:${accountId}:stateMachine:${NAME}`;
  const pollMs = endpoint ? 200 : 3_000;

  /** @returns its output. @throws NotReady, Failed with AWS's own words */
  const ended = async (executionArn: string): Promise<unknown> => {
    for (;;) {
      const { status, output, error, cause } = await sfn.send(new DescribeExecutionCommand({ executionArn }));
      if (status === 'SUCCEEDED') return JSON.parse(output ?? '{}') as unknown;
      if (status !== 'RUNNING') {
        const words = `${error ?? status}: ${cause ?? 'no cause was given'}`;
        if (NOT_READY.includes(error ?? '')) throw new NotReady(cause ?? words);
        throw new Failed(
          `The workflow ${NAME} ended ${status}.\n  ${words}\nWhat was made stays; apply the file again when the cause is gone, and it goes on from there. (${executionArn})`,
        );
      }
      await new Promise((resolve) => setTimeout(resolve, pollMs));
    }
  };
  return {
    /** @param name of the execution: once for each run */
    async run(name: string, input: unknown): Promise<unknown> {
      const { executionArn = '' } = await explained(
        sfn.send(new StartExecutionCommand({ stateMachineArn, name, input: JSON.stringify(input) })),
      );
      return ended(executionArn);
    },
    /** An apply that is under way: of another person, or of a command that was stopped. Awaited, if there is one. */
    async finishRunning(onFound: (name: string) => void): Promise<void> {
      const { executions = [] } = await explained(
        sfn.send(new ListExecutionsCommand({ stateMachineArn, statusFilter: 'RUNNING', maxResults: 100 })),
      );
      for (const { name = '', executionArn = '' } of executions.filter((one) =>
        one.name?.startsWith('apply-'),
      )) {
        onFound(name);
        // How it ended is seen in what there is then.
        await ended(executionArn).catch(() => undefined);
      }
    },
    close: () => sfn.destroy(),
  };
}
export type Machine = ReturnType<typeof openMachine>;

const next = (said: string): Readonly<Record<string, string>> => ({
  StateMachineDoesNotExist: `The state machine landing-zone is not there: ${said}. If both are right, deploy the stack of the machines (docs/deploy.md). The home Region is the one where the Control Tower console shows the landing zone.`,
  AccessDeniedException:
    'These credentials may not use the state machine landing-zone: they need states:StartExecution, states:ListExecutions and states:DescribeExecution on it.',
  CredentialsProviderError:
    'There are no AWS credentials here. Sign in to the management account, as in: aws sso login',
  ECONNREFUSED:
    'Nothing answers at the AWS endpoint. Start the service (npm start), or name it: AWS_ENDPOINT_URL',
});

/** Turns what AWS refuses into what to do about it. */
const explainedFor =
  (said: string) =>
  async <T>(call: Promise<T>): Promise<T> => {
    try {
      return await call;
    } catch (error) {
      const { name, code, message } = error as { name: string; code?: string; message: string };
      const toDo = next(said)[name] ?? next(said)[code ?? ''];
      if (toDo === undefined) throw error;
      throw new Failed(`${message}\nWhat to do: ${toDo}`, { cause: error });
    }
  };

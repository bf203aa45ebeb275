import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../../services/kernel/package-root.node.ts';
import { iamAction } from '../../iam-action.ts';
import { apiPolicy, migratePolicy, type ServiceResources, workerPolicy } from './service-policy.ts';
import type { Statement } from './statement.ts';

const resources: ServiceResources = {
  machineArns: ['machine'],
  executionArns: ['execution'],
  inboxArn: 'inbox',
  deadLettersArn: 'dead-letters',
  busArn: 'bus',
  messagesKeyArn: 'messages-key',
  dataKeyArn: 'data-key',
  signingKeyArn: 'signing-key',
  databaseSecretArn: 'database-secret',
  checkpointBucketArn: 'checkpoints',
};
const actionsOf = (statements: readonly Statement[]) => statements.flatMap(({ Action }) => Action);

/** Packages of the SDK, by IAM's name of their service. */
const PACKAGES: Readonly<Record<string, string>> = {
  sfn: 'stepfunctions',
  eventbridge: 'events',
  'secrets-manager': 'secretsmanager',
};
/** Actions that no command of ours names: those of the library that reads the queue, and of the keys behind a queue or secret. */
const BEHIND = [
  'kms:Decrypt',
  'kms:GenerateDataKey',
  // A read that names a version.
  's3:GetObjectVersion',
  'sqs:ChangeMessageVisibility',
  'sqs:DeleteMessage',
  'sqs:ReceiveMessage',
];

/** Called by commands that a person runs with rights of their own, never by the service. */
const BY_HAND = ['archives.aws.ts', 'landing-zone/machine.aws.ts'];

/** What the code of the service calls: every command that a file imports from a package of the SDK. */
function commandsOfTheService(): Set<string> {
  const root = packageRoot();
  const files = ['services', 'db'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.aws.ts') && !BY_HAND.some((file) => name.endsWith(file)))
      .map((name) => readFileSync(join(root, folder, name), 'utf8')),
  );
  return new Set(
    files.flatMap((text) =>
      [...text.matchAll(/import \{([^}]+)\} from '@aws-sdk\/client-([a-z0-9-]+)'/g)].flatMap(
        ([, names = '', service = '']) =>
          [...names.matchAll(/\b([A-Z]\w+)Command\b/g)].map(([, command = '']) =>
            iamAction(PACKAGES[service] ?? service, command),
          ),
      ),
    ),
  );
}

describe('the roles of the service', () => {
  const called = commandsOfTheService();

  it('may do what its code calls, and nothing else', () => {
    const granted = new Set(actionsOf(workerPolicy(resources)));
    expect([...called].filter((action) => !granted.has(action))).toEqual([]);
    expect([...granted].filter((action) => !called.has(action) && !BEHIND.includes(action))).toEqual(
      called.has('secretsmanager:GetSecretValue') ? [] : ['secretsmanager:GetSecretValue'],
    );
  });

  it('start, answer and read nothing as the API', () => {
    const services = new Set(actionsOf(apiPolicy(resources)).map((action) => action.split(':')[0]));
    expect(services).toEqual(new Set(['kms', 's3', 'secretsmanager']));
    expect(actionsOf(migratePolicy(resources))).toEqual(['secretsmanager:GetSecretValue', 'kms:Decrypt']);
  });

  it('name what they are about, except for the answer to an ask, whose token is the right', () => {
    for (const { Sid, Resource } of workerPolicy(resources))
      expect(Resource.includes('*'), Sid).toBe(Sid === 'Answer');
  });
});

import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { z } from 'zod';

/** As RDS keeps it. */
const DatabaseSecret = z.looseObject({ password: z.string().min(1) });

/** How long a password is believed: a rotation is noticed at the next connection after it. */
const BELIEVED_MS = 60_000;

/**
 * Reads the password of the database where RDS keeps and rotates it. Asked for with each new connection.
 * @param secretArn the secret; its Region is in the ARN
 */
export function secretPassword(secretArn: string): () => Promise<string> {
  const [, , , region = ''] = secretArn.split(':');
  let client: SecretsManagerClient | undefined;
  let known: { password: string; untilMs: number } | undefined;
  return async () => {
    if (known && known.untilMs > Date.now()) return known.password;
    client ??= new SecretsManagerClient({ region, maxAttempts: 5 });
    const { SecretString = '' } = await client.send(new GetSecretValueCommand({ SecretId: secretArn }));
    const { password } = DatabaseSecret.parse(JSON.parse(SecretString));
    known = { password, untilMs: Date.now() + BELIEVED_MS };
    return password;
  };
}

import { REGION } from './moto-deployment.ts';

/**
 * An operation of awsJson1_0 on moto's server, as it stands: the SDK's client of Step Functions would want dates as numbers,
 * where moto writes text.
 *
 * @param target `AWSStepFunctions.StartExecution`
 * @throws with what moto said
 */
// biome-ignore lint/suspicious/noExplicitAny: answers of several operations; each caller knows its own
export async function askMoto(url: string, service: string, target: string, body: object): Promise<any> {
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': target,
      authorization: `AWS4-HMAC-SHA256 Credential=oracle/20260304/${REGION}/${service}/aws4_request, SignedHeaders=host, Signature=0`,
    },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${target}: ${response.status} ${text.slice(0, 1_000)}`);
  return text === '' ? {} : JSON.parse(text);
}

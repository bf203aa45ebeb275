/** moto's Step Functions over the wire. */
export type MotoStates = {
  // biome-ignore lint/suspicious/noExplicitAny: answers of several operations; each caller knows its own
  call(action: string, input: object): Promise<any>;
  /** When this execution is over. */
  ended(executionArn: string): Promise<void>;
};

const LOOK_EVERY_MS = 250;
const LONGEST_MS = 120_000;

/** The SDK's client would want dates as numbers, where moto writes text. */
export function openMotoStates(url: string): MotoStates {
  const call: MotoStates['call'] = async (action, input) => {
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-amz-json-1.0',
        'x-amz-target': `AWSStepFunctions.${action}`,
        authorization:
          'AWS4-HMAC-SHA256 Credential=oracle/20260304/us-east-1/states/aws4_request, SignedHeaders=host, Signature=0',
      },
      body: JSON.stringify(input),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${action}: ${response.status} ${text.slice(0, 1_000)}`);
    return text === '' ? {} : JSON.parse(text);
  };
  return {
    call,
    async ended(executionArn) {
      const latest = Date.now() + LONGEST_MS;
      while ((await call('DescribeExecution', { executionArn })).status === 'RUNNING') {
        if (Date.now() > latest) throw new Error(`${executionArn} does not end`);
        await new Promise((resume) => setTimeout(resume, LOOK_EVERY_MS));
      }
    },
  };
}

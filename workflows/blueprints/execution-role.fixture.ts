import { compileChain } from '../../services/guardrails/evaluate.ts';

const ACCOUNT = '444455556666';

/** Says what the execution role may do in the account 444455556666, from the text of its template. */
export function executionRole(template: string) {
  const [inline] = JSON.parse(template).Resources.ExecutionRole.Properties.Policies;
  /** What CloudFormation makes of it: only Fn::Sub with pseudo parameters is used. */
  const content = JSON.stringify(inline.PolicyDocument)
    .replace(/\{"Fn::Sub":("[^"]+")\}/g, '$1')
    .replaceAll('${AWS::Partition}', 'aws')
    .replaceAll('${AWS::AccountId}', ACCOUNT);
  const decide = compileChain([
    { targetId: 'role', policies: [{ id: 'inline', name: 'jetway-execution', content }] },
  ]);
  return (action: string, resource: string, context: Record<string, string> = {}) =>
    decide({
      action,
      resource,
      principalArn: `arn:aws:iam::${ACCOUNT}:role/jetway-execution`,
      accountId: ACCOUNT,
      region: 'us-east-1',
      context,
    }).decision;
}

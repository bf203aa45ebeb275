import { type ChainLevel, type EvaluationOptions, FULL_AWS_ACCESS, type PolicyRequest } from '../evaluate.ts';

export type Verdict = 'allowed' | 'denied' | 'unknown';

/** One row of the table: what IAM's documentation says about a request under these policies. */
export type IamCase = {
  /** The rule of the documentation that the row stands for. */
  rule: string;
  name: string;
  chain: ChainLevel[];
  request: PolicyRequest;
  options: EvaluationOptions;
  verdict: Verdict;
};

export type Statement = Record<string, unknown>;
export type Changes = Partial<PolicyRequest>;
type Row = readonly [name: string, statement: Statement, changes: Changes, verdict: Verdict];

export const ACCOUNT = '444455556666';
export const MANAGEMENT = '111122223333';
export const iam = (rest: string, account = ACCOUNT): string => `arn:aws:iam::${account}:${rest}`;
export const session = (rest: string): string => `arn:aws:sts::${ACCOUNT}:${rest}`;

const BASE: PolicyRequest = {
  action: 's3:PutObject',
  resource: 'arn:aws:s3:::bucket/key',
  principalArn: iam('role/Developer'),
  accountId: ACCOUNT,
  region: 'eu-west-1',
};

export const policy = (name: string, ...statements: Statement[]) => ({
  id: `p-${name}`,
  name,
  content: JSON.stringify({ Version: '2012-10-17', Statement: statements }),
});
export const FULL = { id: 'p-FullAWSAccess', name: 'FullAWSAccess', content: FULL_AWS_ACCESS };

/** Denies everything, unless the members given say less; a member that is undefined is left out. */
export const deny = (rest: Statement = {}): Statement => ({
  Effect: 'Deny',
  Action: '*',
  Resource: '*',
  ...rest,
});
export const when = (operator: string, key: string, values: unknown): Statement =>
  deny({ Condition: { [operator]: { [key]: values } } });
export const given = (key: string, value: string | string[]): Changes => ({ context: { [key]: value } });
export const as = (principalArn: string): Changes => ({ principalArn });
export const NOTHING: Changes = {};

/** Rows of one rule: one statement beside FullAWSAccess on the account. */
export const rule = (text: string, rows: readonly Row[]): IamCase[] =>
  rows.map(([name, statement, changes, verdict]) => ({
    rule: text,
    name,
    chain: [{ targetId: ACCOUNT, policies: [FULL, policy('test', statement)] }],
    request: { ...BASE, ...changes },
    options: { managementAccountId: MANAGEMENT },
    verdict,
  }));

type ChainRow = readonly [name: string, chain: ChainLevel[], changes: Changes, verdict: Verdict];

/** Rows of one rule about what is attached where. */
export const chainRule = (text: string, rows: readonly ChainRow[]): IamCase[] =>
  rows.map(([name, chain, changes, verdict]) => ({
    rule: text,
    name,
    chain,
    request: { ...BASE, ...changes },
    options: { managementAccountId: MANAGEMENT },
    verdict,
  }));

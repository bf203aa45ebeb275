import type { AttachedPolicy, ChainLevel } from '../evaluate.ts';
import {
  ACCOUNT,
  chainRule,
  deny,
  FULL,
  given,
  type IamCase,
  NOTHING,
  policy,
  type Statement,
} from './case.fixture.ts';

type Policies = AttachedPolicy[];
const levels = (root: Policies, unit: Policies, account: Policies): ChainLevel[] => [
  { targetId: 'r-ab12', policies: root },
  { targetId: 'ou-ab12-x', policies: unit },
  { targetId: ACCOUNT, policies: account },
];
const one = (...policies: Policies): ChainLevel[] => [{ targetId: ACCOUNT, policies }];
const allow = (rest: Statement): Statement => ({ Effect: 'Allow', Action: '*', Resource: '*', ...rest });
const text = (content: string): AttachedPolicy => ({ id: 'p-text', name: 'text', content });
const raw = (document: unknown): Policies => [FULL, text(JSON.stringify(document))];
const version = { Version: '2012-10-17' };
const DENY = policy('deny', deny());
const S3 = policy('s3', allow({ Action: 's3:*' }));
const EC2 = policy('ec2', allow({ Action: 'ec2:*' }));
const MFA = { Bool: { 'aws:MultiFactorAuthPresent': 'true' } };
const mfa = given('aws:MultiFactorAuthPresent', 'true');

export const CHAIN_CASES: readonly IamCase[] = [
  ...chainRule('An explicit Deny at any level denies', [
    ['no denial anywhere', levels([FULL], [FULL], [FULL]), NOTHING, 'allowed'],
    ['at the root', levels([FULL, DENY], [FULL], [FULL]), NOTHING, 'denied'],
    ['at the unit', levels([FULL], [FULL, DENY], [FULL]), NOTHING, 'denied'],
    ['at the account', levels([FULL], [FULL], [FULL, DENY]), NOTHING, 'denied'],
    [
      'stronger than an Allow of the same policy',
      one(policy('both', allow({}), deny({ Action: 's3:*' }))),
      NOTHING,
      'denied',
    ],
    [
      'in the second statement',
      one(FULL, policy('two', deny({ Action: 'ec2:*' }), deny({ Action: 's3:*' }))),
      NOTHING,
      'denied',
    ],
    [
      'of another action',
      levels([FULL, policy('d', deny({ Action: 'ec2:*' }))], [FULL], [FULL]),
      NOTHING,
      'allowed',
    ],
  ]),
  ...chainRule('Every level needs an Allow: what is not allowed there is denied', [
    ['nothing at the root', levels([], [FULL], [FULL]), NOTHING, 'denied'],
    ['nothing at the unit', levels([FULL], [], [FULL]), NOTHING, 'denied'],
    ['nothing at the account', levels([FULL], [FULL], []), NOTHING, 'denied'],
    ['an allow list that has the action', levels([FULL], [S3], [FULL]), NOTHING, 'allowed'],
    ['an allow list that has it not', levels([FULL], [EC2], [FULL]), NOTHING, 'denied'],
    ['two allow lists at one level add up', levels([FULL], [EC2, S3], [FULL]), NOTHING, 'allowed'],
    ['two allow lists at two levels do not', levels([FULL], [EC2], [S3]), NOTHING, 'denied'],
    ['an Allow above replaces none below', levels([FULL], [FULL], [EC2]), NOTHING, 'denied'],
    ['only denials that do not apply', one(policy('d', deny({ Action: 'ec2:*' }))), NOTHING, 'denied'],
  ]),
  ...chainRule('An Allow may have NotAction, resources and conditions', [
    [
      'NotAction that leaves it',
      one(policy('a', allow({ Action: undefined, NotAction: 'iam:*' }))),
      NOTHING,
      'allowed',
    ],
    [
      'NotAction that takes it out',
      one(policy('a', allow({ Action: undefined, NotAction: 's3:*' }))),
      NOTHING,
      'denied',
    ],
    ['the resource', one(policy('a', allow({ Resource: 'arn:aws:s3:::bucket/*' }))), NOTHING, 'allowed'],
    ['another resource', one(policy('a', allow({ Resource: 'arn:aws:s3:::other/*' }))), NOTHING, 'denied'],
    [
      'NotResource',
      one(policy('a', allow({ Resource: undefined, NotResource: 'arn:aws:s3:::other/*' }))),
      NOTHING,
      'allowed',
    ],
    ['a condition that holds', one(policy('a', allow({ Condition: MFA }))), mfa, 'allowed'],
    ['a condition that does not', one(policy('a', allow({ Condition: MFA }))), NOTHING, 'denied'],
    [
      'a condition that is not understood',
      one(policy('a', allow({ Condition: { Odd: { 'a:k': 'v' } } }))),
      NOTHING,
      'unknown',
    ],
    [
      'the same, beside a sure Allow',
      one(FULL, policy('a', allow({ Condition: { Odd: { 'a:k': 'v' } } }))),
      NOTHING,
      'allowed',
    ],
    [
      'for some of the actions asked',
      one(policy('a', allow({ Action: 's3:Put*' }))),
      { action: 's3:*' },
      'unknown',
    ],
  ]),
  ...chainRule('A policy that cannot be read decides nothing, and lets nothing be allowed', [
    ['no JSON', one(FULL, text('{')), NOTHING, 'unknown'],
    ['no content', one(FULL, text('')), NOTHING, 'unknown'],
    ['no statement', one(...raw({ ...version, Statement: [] })), NOTHING, 'unknown'],
    [
      'a version that does not exist',
      one(...raw({ Version: '2020-01-01', Statement: deny() })),
      NOTHING,
      'unknown',
    ],
    [
      'an effect in small letters',
      one(...raw({ ...version, Statement: deny({ Effect: 'deny' }) })),
      NOTHING,
      'unknown',
    ],
    ['no effect', one(...raw({ ...version, Statement: { Action: '*', Resource: '*' } })), NOTHING, 'unknown'],
    [
      'Action and NotAction',
      one(...raw({ ...version, Statement: deny({ NotAction: 's3:*' }) })),
      NOTHING,
      'unknown',
    ],
    ['no action', one(...raw({ ...version, Statement: deny({ Action: undefined }) })), NOTHING, 'unknown'],
    [
      'an empty list of actions',
      one(...raw({ ...version, Statement: deny({ Action: [] }) })),
      NOTHING,
      'unknown',
    ],
    [
      'an action without service',
      one(...raw({ ...version, Statement: deny({ Action: 'PutObject' }) })),
      NOTHING,
      'unknown',
    ],
    [
      'no resource',
      one(...raw({ ...version, Statement: deny({ Resource: undefined }) })),
      NOTHING,
      'unknown',
    ],
    [
      'a principal, which SCPs do not have',
      one(...raw({ ...version, Statement: deny({ Principal: '*' }) })),
      NOTHING,
      'unknown',
    ],
    [
      'a member that IAM does not know',
      one(...raw({ ...version, Statement: deny({ Unless: 'x' }) })),
      NOTHING,
      'unknown',
    ],
    ['a Sid with a hyphen', one(...raw({ ...version, Statement: deny({ Sid: 'a-b' }) })), NOTHING, 'unknown'],
    [
      'one Sid twice',
      one(...raw({ ...version, Statement: [deny({ Sid: 'A' }), deny({ Sid: 'A' })] })),
      NOTHING,
      'unknown',
    ],
    [
      'a condition without values',
      one(...raw({ ...version, Statement: deny({ Condition: { Bool: { k: [] } } }) })),
      NOTHING,
      'unknown',
    ],
    ['beside a sure denial', one(FULL, text('{'), DENY), NOTHING, 'denied'],
    ['in place of the only Allow', one(text('{')), NOTHING, 'unknown'],
    ['at one level, while another allows nothing', levels([FULL, text('{')], [], [FULL]), NOTHING, 'denied'],
  ]),
  ...chainRule('The forms of a document', [
    ['a statement that is no list', one(...raw({ ...version, Statement: deny() })), NOTHING, 'denied'],
    ['no version', one(...raw({ Statement: [deny({ Action: 's3:*' })] })), NOTHING, 'denied'],
    [
      'an Id',
      one(...raw({ ...version, Id: 'x', Statement: deny({ Action: ['s3:Put*'] }) })),
      NOTHING,
      'denied',
    ],
    [
      'policy variables only since 2012-10-17',
      one(
        ...raw({
          Version: '2008-10-17',
          Statement: deny({ Resource: 'arn:aws:s3:::${aws:PrincipalAccount}/*' }),
        }),
      ),
      { resource: `arn:aws:s3:::${ACCOUNT}/x` },
      'allowed',
    ],
  ]),
];

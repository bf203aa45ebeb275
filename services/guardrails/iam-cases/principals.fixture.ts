import {
  ACCOUNT,
  as,
  chainRule,
  deny,
  FULL,
  given,
  type IamCase,
  iam,
  MANAGEMENT,
  NOTHING,
  policy,
  rule,
  type Statement,
  session,
  when,
} from './case.fixture.ts';

const PRINCIPAL = 'aws:PrincipalArn';
const like = (values: unknown) => when('ArnLike', PRINCIPAL, values);
const except = (values: unknown) => when('ArnNotLike', PRINCIPAL, values);
const BUILDERS = ['arn:*:iam::*:role/AWSControlTowerExecution', 'arn:*:iam::*:role/aws-controltower-*'];
const SLR = 'role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig';
const SSO = 'assumed-role/AWSReservedSSO_Admin_0123456789abcdef/ana';
const QUEUE = (account: string) => ({ resource: `arn:aws:sqs:eu-west-1:${account}:queue` });
const service = { principalArn: '', accountId: '', ...given('aws:PrincipalIsAWSService', 'true') };

const rcp = (statement: Statement) => [
  { targetId: ACCOUNT, policies: [FULL, { ...policy('rcp', statement), type: 'RCP' as const }] },
];

export const PRINCIPAL_CASES: readonly IamCase[] = [
  ...rule('ArnEquals and ArnLike are the same: each of six parts is compared, with case and with wildcards', [
    ['the same ARN', when('ArnEquals', PRINCIPAL, iam('role/Developer')), NOTHING, 'denied'],
    ['wildcards in ArnEquals', when('ArnEquals', PRINCIPAL, 'arn:aws:iam::*:role/Dev*'), NOTHING, 'denied'],
    ['any account', like('arn:aws:iam::*:role/Developer'), NOTHING, 'denied'],
    ['another account', like(iam('role/Developer', '999988887777')), NOTHING, 'allowed'],
    ['accounts that begin alike', like('arn:aws:iam::4444*:role/Developer'), NOTHING, 'denied'],
    ['one digit open', like('arn:aws:iam::44445555666?:role/Developer'), NOTHING, 'denied'],
    ['any partition', like('arn:*:iam::*:role/Developer'), NOTHING, 'denied'],
    ['other case', like('arn:aws:iam::*:role/developer'), NOTHING, 'allowed'],
    ['a star runs over slashes', like('arn:aws:iam::*:role/*'), as(iam('role/a/b/c')), 'denied'],
    [
      'a path is part of the name',
      like('arn:aws:iam::*:role/Developer'),
      as(iam('role/a/Developer')),
      'allowed',
    ],
    ['a star does not run over colons', like('arn:aws:iam::*'), NOTHING, 'unknown'],
    ['StringLike does', when('StringLike', PRINCIPAL, 'arn:aws:iam::*Developer'), NOTHING, 'denied'],
    [
      'StringEquals has no wildcards',
      when('StringEquals', PRINCIPAL, 'arn:aws:iam::*:role/Developer'),
      NOTHING,
      'allowed',
    ],
    [
      'the resource part may hold colons',
      when('ArnLike', 'aws:SourceArn', 'arn:aws:logs:*:*:log-group:app*'),
      given('aws:SourceArn', 'arn:aws:logs:eu-west-1:444455556666:log-group:app:*'),
      'denied',
    ],
    ['missing', when('ArnLike', 'aws:SourceArn', 'arn:aws:s3:::x'), NOTHING, 'allowed'],
    ['not like, missing', when('ArnNotLike', 'aws:SourceArn', 'arn:aws:s3:::x'), NOTHING, 'denied'],
    ['not equals, equal', when('ArnNotEquals', PRINCIPAL, iam('role/Developer')), NOTHING, 'allowed'],
    ['IfExists, missing', when('ArnEqualsIfExists', 'aws:SourceArn', 'arn:aws:s3:::x'), NOTHING, 'denied'],
  ]),
  ...rule('Exempt principals: a negated operator with several values spares each of them', [
    ['nobody exempt', except(BUILDERS), NOTHING, 'denied'],
    ['the first', except(BUILDERS), as(iam('role/AWSControlTowerExecution')), 'allowed'],
    ['by pattern', except(BUILDERS), as(iam('role/aws-controltower-ConfigRecorderRole')), 'allowed'],
    ['a user of that name', except(BUILDERS), as(iam('user/AWSControlTowerExecution')), 'denied'],
    [
      'a session of the role',
      except(BUILDERS),
      as(session('assumed-role/AWSControlTowerExecution/x')),
      'allowed',
    ],
    ['by account', when('StringNotEquals', 'aws:PrincipalAccount', ACCOUNT), NOTHING, 'allowed'],
    [
      'by tag',
      when('StringNotEquals', 'aws:PrincipalTag/admin', 'yes'),
      given('aws:PrincipalTag/admin', 'yes'),
      'allowed',
    ],
  ]),
  ...rule('aws:PrincipalArn of a session is the ARN of its role, not of the session', [
    ['the role', like(iam('role/Developer')), as(session('assumed-role/Developer/ana')), 'denied'],
    [
      'the session',
      like(session('assumed-role/Developer/*')),
      as(session('assumed-role/Developer/ana')),
      'allowed',
    ],
    [
      'a permission set has a path',
      like('arn:aws:iam::*:role/aws-reserved/sso.amazonaws.com/*'),
      as(session(SSO)),
      'denied',
    ],
    [
      'a path that a session does not tell',
      except('arn:aws:iam::*:role/ops/*'),
      as(session('assumed-role/Ana/x')),
      'unknown',
    ],
    [
      'a question cannot name another',
      like('arn:aws:iam::*:role/Other'),
      given(PRINCIPAL, iam('role/Other')),
      'allowed',
    ],
  ]),
  ...rule('The root user, users and federated users are bound like roles', [
    ['the root user', deny(), as(iam('root')), 'denied'],
    ['only the root user', like('arn:aws:iam::*:root'), as(iam('root')), 'denied'],
    ['not the root user', like('arn:aws:iam::*:root'), NOTHING, 'allowed'],
    ['a root session', like('arn:aws:iam::*:root'), as(session('assumed-root')), 'denied'],
    [
      'root sessions spared',
      when('StringNotEqualsIfExists', 'aws:AssumedRoot', 'true'),
      as(session('assumed-root')),
      'allowed',
    ],
    ['a user with a path', like('arn:aws:iam::*:user/ops/*'), as(iam('user/ops/ana')), 'denied'],
    ['a user by name', when('StringEquals', 'aws:username', 'ana'), as(iam('user/ops/ana')), 'denied'],
    ['a role has no user name', when('StringEquals', 'aws:username', 'Developer'), NOTHING, 'allowed'],
    [
      'a federated user',
      like('arn:aws:sts::*:federated-user/ana'),
      as(session('federated-user/ana')),
      'denied',
    ],
  ]),
  ...rule('aws:PrincipalType says what kind of principal it is', [
    ['the root user', when('StringEquals', 'aws:PrincipalType', 'Account'), as(iam('root')), 'denied'],
    ['a user', when('StringEquals', 'aws:PrincipalType', 'User'), as(iam('user/ana')), 'denied'],
    [
      'a session',
      when('StringEquals', 'aws:PrincipalType', 'AssumedRole'),
      as(session('assumed-role/A/b')),
      'denied',
    ],
    [
      'a federated user',
      when('StringEquals', 'aws:PrincipalType', 'FederatedUser'),
      as(session('federated-user/a')),
      'denied',
    ],
  ]),
  ...rule('Organization policies do not bind service-linked roles', [
    ['the role', deny(), as(iam(SLR)), 'allowed'],
    ['a session that may be one', deny(), as(session('assumed-role/AWSServiceRoleForConfig/x')), 'unknown'],
    [
      'a session that may be one, not denied',
      deny({ Action: 'ec2:*' }),
      as(session('assumed-role/AWSServiceRoleForConfig/y')),
      'allowed',
    ],
    ['a role that only has the name', deny(), as(iam('role/AWSServiceRoleForNobody')), 'denied'],
  ]),
  ...rule('Service control policies bind neither the management account nor AWS services', [
    [
      'a role of the management account',
      deny(),
      { principalArn: iam('role/Admin', MANAGEMENT), accountId: MANAGEMENT },
      'allowed',
    ],
    ['its root user', deny(), { principalArn: iam('root', MANAGEMENT), accountId: MANAGEMENT }, 'allowed'],
    ['a service', deny(), service, 'allowed'],
    ['a person is no service', when('Bool', 'aws:PrincipalIsAWSService', 'false'), NOTHING, 'denied'],
  ]),
  ...chainRule(
    'Resource control policies bind resources: callers of the management account and services too',
    [
      ['a caller of the account', rcp(deny()), QUEUE(ACCOUNT), 'denied'],
      [
        'a caller of the management account',
        rcp(deny()),
        { ...as(iam('role/Admin', MANAGEMENT)), ...QUEUE(ACCOUNT) },
        'denied',
      ],
      ['a resource of the management account', rcp(deny()), QUEUE(MANAGEMENT), 'allowed'],
      [
        'an owner that is not told, asked from the management account',
        rcp(deny()),
        as(iam('role/Admin', MANAGEMENT)),
        'unknown',
      ],
      ['a service', rcp(deny()), { ...service, ...QUEUE(ACCOUNT) }, 'denied'],
      [
        'services spared',
        rcp(when('BoolIfExists', 'aws:PrincipalIsAWSService', 'false')),
        { ...service, ...QUEUE(ACCOUNT) },
        'allowed',
      ],
      ['a service-linked role', rcp(deny()), { ...as(iam(SLR)), ...QUEUE(ACCOUNT) }, 'allowed'],
      [
        'an Allow of theirs replaces no other',
        [{ targetId: ACCOUNT, policies: [{ ...FULL, type: 'RCP' }] }],
        NOTHING,
        'denied',
      ],
    ],
  ),
];

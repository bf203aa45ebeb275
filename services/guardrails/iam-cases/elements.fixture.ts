import { deny, type IamCase, NOTHING, rule, type Statement } from './case.fixture.ts';

const action = (Action: unknown): Statement => deny({ Action });
const notAction = (NotAction: unknown): Statement => deny({ Action: undefined, NotAction });
const resource = (Resource: unknown): Statement => deny({ Resource });
const notResource = (NotResource: unknown): Statement => deny({ Resource: undefined, NotResource });
const on = (arn: string) => ({ resource: arn });
const does = (name: string) => ({ action: name });

const TABLE = 'arn:aws:dynamodb:us-east-1:444455556666:table/T';
const TOPIC = 'arn:aws:sns:us-east-1:444455556666:topic:subscription';

export const ELEMENT_CASES: readonly IamCase[] = [
  ...rule('Action: an action is its service prefix and its name, in any case', [
    ['the same action', action('s3:PutObject'), NOTHING, 'denied'],
    ['another action', action('s3:GetObject'), NOTHING, 'allowed'],
    ['capitals in the policy', action('S3:PUTOBJECT'), NOTHING, 'denied'],
    ['small letters in the request', action('s3:PutObject'), does('s3:putobject'), 'denied'],
    ['the same name of another service', action('s3-outposts:PutObject'), NOTHING, 'allowed'],
    ['one of a list', action(['ec2:RunInstances', 's3:PutObject']), NOTHING, 'denied'],
    ['none of a list', action(['ec2:RunInstances', 's3:GetObject']), NOTHING, 'allowed'],
  ]),
  ...rule('Action: * stands for any characters, ? for one', [
    ['every action', action('*'), NOTHING, 'denied'],
    ['every action of every service', action('*:*'), NOTHING, 'denied'],
    ['every action of the service', action('s3:*'), NOTHING, 'denied'],
    ['actions that begin like it', action('s3:Put*'), NOTHING, 'denied'],
    ['actions that end like it', action('s3:*Object'), NOTHING, 'denied'],
    ['a star in the middle', action('s3:P*t'), NOTHING, 'denied'],
    ['a star for nothing', action('s3:PutObject*'), NOTHING, 'denied'],
    ['one unknown letter', action('s3:PutObjec?'), NOTHING, 'denied'],
    ['one letter too many', action('s3:PutObject?'), NOTHING, 'allowed'],
    ['actions that end otherwise', action('s3:*Tagging'), NOTHING, 'allowed'],
    ['a service whose prefix begins alike', action('s3:*'), does('s3express:CreateSession'), 'allowed'],
  ]),
  ...rule('NotAction: every action but those listed', [
    ['the listed service is spared', notAction('s3:*'), NOTHING, 'allowed'],
    ['another service is not', notAction('s3:*'), does('ec2:RunInstances'), 'denied'],
    ['one of a list is spared', notAction(['iam:*', 's3:Put*']), NOTHING, 'allowed'],
    ['none of a list', notAction(['iam:*', 's3:Get*']), NOTHING, 'denied'],
    ['in any case', notAction('S3:PUTOBJECT'), NOTHING, 'allowed'],
  ]),
  ...rule('Resource: ARNs are compared with case', [
    ['the same ARN', resource('arn:aws:s3:::bucket/key'), NOTHING, 'denied'],
    ['a capital', resource('arn:aws:s3:::Bucket/key'), NOTHING, 'allowed'],
    ['the bucket is not its objects', resource('arn:aws:s3:::bucket'), NOTHING, 'allowed'],
    ['one of a list', resource(['arn:aws:s3:::other', 'arn:aws:s3:::bucket/key']), NOTHING, 'denied'],
    ['none of a list', resource(['arn:aws:s3:::other/*', 'arn:aws:s3:::third/*']), NOTHING, 'allowed'],
    ['another partition', resource('arn:aws-cn:s3:::bucket/key'), NOTHING, 'allowed'],
  ]),
  ...rule('Resource: * and ? stand for characters within a part of the ARN, slashes too', [
    ['every object', resource('arn:aws:s3:::bucket/*'), NOTHING, 'denied'],
    ['every bucket that begins alike', resource('arn:aws:s3:::buck*'), NOTHING, 'denied'],
    ['one unknown letter', resource('arn:aws:s3:::b?cket/key'), NOTHING, 'denied'],
    ['any partition', resource('arn:*:s3:::bucket/key'), NOTHING, 'denied'],
    [
      'a star runs over slashes',
      resource('arn:aws:s3:::bucket/*/test/*'),
      on('arn:aws:s3:::bucket/1///test///object'),
      'denied',
    ],
    [
      'what lies between must be there',
      resource('arn:aws:s3:::bucket/*/test/*'),
      on('arn:aws:s3:::bucket/1/tests/object'),
      'allowed',
    ],
    ['any Region and account', resource('arn:aws:dynamodb:*:*:table/T'), on(TABLE), 'denied'],
    ['a star inside the Region', resource('arn:aws:dynamodb:us-*-1:*:table/T'), on(TABLE), 'denied'],
    ['another Region', resource('arn:aws:dynamodb:eu-*:*:table/T'), on(TABLE), 'allowed'],
    ['the resource part may hold colons', resource('arn:aws:sns:*:*:topic*'), on(TOPIC), 'denied'],
  ]),
  ...rule('Resource: a * that ends a part may run past the colon; other crossings are not documented', [
    ['a star ends the Region', resource('arn:aws:dynamodb:*:table/T'), on(TABLE), 'denied'],
    ['a star ends the pattern', resource('arn:aws:dynamodb*'), on(TABLE), 'denied'],
    ['a star within a part crosses', resource('arn:aws:dynamodb:us-*6:table/T'), on(TABLE), 'unknown'],
    [
      'a question mark for the colon',
      resource('arn:aws:dynamodb:us-east-1?444455556666:table/T'),
      on(TABLE),
      'unknown',
    ],
    ['a crossing that does not fit anyway', resource('arn:aws:dynamodb:us-*7:table/T'), on(TABLE), 'allowed'],
  ]),
  ...rule('NotResource: every resource but those listed', [
    ['the listed objects are spared', notResource('arn:aws:s3:::bucket/*'), NOTHING, 'allowed'],
    ['others are not', notResource('arn:aws:s3:::other/*'), NOTHING, 'denied'],
    ['one of a list is spared', notResource(['arn:aws:s3:::a/*', 'arn:aws:s3:::b*/key']), NOTHING, 'allowed'],
    ['the bucket alone spares no object', notResource('arn:aws:s3:::bucket'), NOTHING, 'denied'],
    ['with case', notResource('arn:aws:s3:::BUCKET/*'), NOTHING, 'denied'],
  ]),
  ...rule('A statement holds when every one of its elements does', [
    ['action and resource', deny({ Action: 's3:*', Resource: 'arn:aws:s3:::bucket/*' }), NOTHING, 'denied'],
    ['only the action', deny({ Action: 's3:*', Resource: 'arn:aws:s3:::other/*' }), NOTHING, 'allowed'],
    ['only the resource', deny({ Action: 's3:Get*', Resource: 'arn:aws:s3:::bucket/*' }), NOTHING, 'allowed'],
    [
      'NotAction and NotResource together',
      deny({
        Action: undefined,
        Resource: undefined,
        NotAction: 'iam:*',
        NotResource: 'arn:aws:s3:::other/*',
      }),
      NOTHING,
      'denied',
    ],
  ]),
  ...rule('A question about many calls has one answer only when all of them have it (ours, not IAM)', [
    ['wider than the denial', action('s3:PutObject'), does('s3:*'), 'unknown'],
    ['inside the denial', action('s3:*'), does('s3:Put*'), 'denied'],
    ['apart from the denial', action('s3:Get*'), does('s3:Put*'), 'allowed'],
    ['partly spared', notAction('s3:Get*'), does('s3:*'), 'unknown'],
    ['wholly spared', notAction('s3:*'), does('s3:Get*'), 'allowed'],
    ['every resource, denied for some', resource('arn:aws:s3:::bucket/*'), on('*'), 'unknown'],
    ['every resource, denied for all', resource('*'), on('*'), 'denied'],
    ['objects of another bucket', resource('arn:aws:s3:::other/*'), on('arn:aws:s3:::bucket/*'), 'allowed'],
    ['objects of the bucket', resource('arn:aws:s3:::buck*'), on('arn:aws:s3:::bucket/*'), 'denied'],
    ['every resource, some spared', notResource('arn:aws:s3:::bucket/*'), on('*'), 'unknown'],
  ]),
];

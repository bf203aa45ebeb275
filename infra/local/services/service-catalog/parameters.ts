import { AwsError } from '../../world.ts';
import type { Parameters } from './documents.ts';

/** What Account Factory's product takes; all are required. */
export const PARAMETER_KEYS = [
  'AccountEmail',
  'AccountName',
  'ManagedOrganizationalUnit',
  'SSOUserEmail',
  'SSOUserFirstName',
  'SSOUserLastName',
] as const;

const refuse = (message: string) => new AwsError('InvalidParametersException', message);

/** @throws AwsError as CloudFormation words it for unknown, missing or ill-formed parameters */
export function readParameters(given: readonly { Key?: string; Value?: string }[]): Parameters {
  const values = new Map(given.map(({ Key, Value }) => [Key ?? '', Value ?? '']));
  if (values.size < given.length) throw refuse('Duplicate parameter keys in the request.');
  const unknown = [...values.keys()].filter((key) => !PARAMETER_KEYS.some((known) => known === key));
  if (unknown.length > 0) throw refuse(`Parameters: [${unknown.join(', ')}] do not exist in the template`);
  const missing = PARAMETER_KEYS.filter((key) => (values.get(key) ?? '').trim() === '');
  if (missing.length > 0) throw refuse(`Parameters: [${missing.join(', ')}] must have values`);
  const parameters = Object.fromEntries(values);
  checkValues(parameters);
  return parameters;
}

/** An update may leave parameters out or say UsePreviousValue. */
export function updatedParameters(
  previous: Parameters,
  given: readonly { Key?: string; Value?: string; UsePreviousValue?: boolean }[],
): Parameters {
  const changed = given.filter(({ UsePreviousValue }) => UsePreviousValue !== true);
  return readParameters(
    Object.entries({
      ...previous,
      ...Object.fromEntries(changed.map(({ Key, Value }) => [Key ?? '', Value ?? ''])),
    }).map(([Key, Value]) => ({ Key, Value })),
  );
}

function checkValues(parameters: Parameters): void {
  const {
    AccountEmail = '',
    AccountName = '',
    SSOUserEmail = '',
    ManagedOrganizationalUnit = '',
  } = parameters;
  for (const [key, email] of [
    ['AccountEmail', AccountEmail],
    ['SSOUserEmail', SSOUserEmail],
  ] as const) {
    if (email.length < 6 || email.length > 64 || !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email)) {
      throw refuse(`Parameter ${key} must be an e-mail address of 6 to 64 characters`);
    }
  }
  if (!/^[\u0020-\u007e]{1,50}$/.test(AccountName)) {
    throw refuse('Parameter AccountName must have 1 to 50 printable ASCII characters');
  }
  if (ManagedOrganizationalUnit.length > 256) throw refuse('Parameter ManagedOrganizationalUnit is too long');
}

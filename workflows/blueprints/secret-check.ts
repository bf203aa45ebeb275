import type { TemplateFile } from './template-check.ts';

/** Names whose value is a secret. `PasswordPolicy`, `SecretArn`, `TokenKey` are not. */
const SECRET_NAME =
  /(password|passphrase|secret|secretkey|secretaccesskey|token|apikey|privatekey|credentials)$/i;
/** An access key id of AWS, a private key, a token of a chat or of a code host. */
const SECRET_TEXT =
  /\b(AKIA|ASIA)[A-Z0-9]{16}\b|-----BEGIN [A-Z ]*PRIVATE KEY-----|\bxox[abp]-\d|\bgh[pousr]_[A-Za-z0-9]{36}/;
/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html */
const REFERENCE = /^\{\{resolve:(secretsmanager|ssm-secure):/;

/** A template is published and kept for good: whoever may read it would know the secret. */
export function secretProblems(template: TemplateFile): string[] {
  const parameters = Object.entries(template.Parameters ?? {})
    .filter(([name]) => SECRET_NAME.test(name))
    .flatMap(([name, { NoEcho, Default }]) => [
      ...(NoEcho === true || NoEcho === 'true'
        ? []
        : [`has a parameter ${name} that is shown: NoEcho is missing`]),
      ...(Default === undefined || Default === '' ? [] : [`has a default for the secret ${name}`]),
    ]);
  return [...parameters, ...clearTexts(template.Resources, '/Resources')];
}

function clearTexts(value: unknown, pointer: string): string[] {
  if (typeof value === 'string')
    return SECRET_TEXT.test(value) ? [`has a secret in clear at ${pointer}`] : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const isClear = typeof inner === 'string' && SECRET_NAME.test(key) && !REFERENCE.test(inner);
    return isClear ? [`has a secret in clear at ${pointer}/${key}`] : clearTexts(inner, `${pointer}/${key}`);
  });
}

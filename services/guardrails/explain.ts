import type { Catalogue } from './catalogue.ts';
import { type PolicyStatement, parsePolicy } from './policy-document.ts';

type Guardrails = {
  preventive: readonly { controls: readonly string[]; content: string }[];
  detective: readonly { control: string; regions: readonly string[] }[];
};

/**
 * What the guardrails of a plan do, a line for each statement and rule, in a person's words: who is denied what, where,
 * and who is exempt. Taken from the policies as they will be attached, parameters filled in, never from the request.
 */
export function explainGuardrails({ preventive, detective }: Guardrails, catalogue: Catalogue): string[] {
  const titled = (controls: readonly string[]): string =>
    controls
      .map((id) => {
        const title = catalogue.byId.get(id)?.title;
        return title === undefined ? id : `${id} (${title})`;
      })
      .join(' and ');
  const denials = preventive.flatMap(({ controls, content }) =>
    parsePolicy(content).statements.map((statement) => {
      const owners =
        catalogue.bySid.get(statement.sid) ?? catalogue.bySid.get(statement.sid.replace(/\d+$/, ''));
      const own = (owners ?? []).filter((id) => controls.includes(id));
      return `${titled(own.length > 0 ? own : controls)} ${explainStatement(statement)}`;
    }),
  );
  const rules = detective.map(
    ({ control, regions }) => `${titled([control])} reports, and prevents nothing, in ${regions.join(', ')}`,
  );
  return [...denials, ...rules];
}

function explainStatement({ actions, resources, conditions }: PolicyStatement): string {
  const what = actions.negated ? `everything but ${few(actions.patterns)}` : few(actions.patterns);
  const everything = !resources.negated && resources.patterns.includes('*');
  const where = everything
    ? ''
    : ` on ${resources.negated ? 'everything but ' : ''}${few(resources.patterns)}`;
  return `denies ${what === '*' ? 'everything' : what}${where}${conditions.map(explainCondition).join('')}`;
}

type Condition = PolicyStatement['conditions'][number];

function explainCondition({ operator, key, values }: Condition): string {
  const name = key.toLowerCase();
  if (name === 'aws:principalarn' && operator === 'ArnNotLike')
    return `, except to ${few(values.map(principal))}`;
  if (name === 'aws:principalarn' && operator === 'ArnLike') return `, to ${few(values.map(principal))}`;
  // Which Regions stay open is the point of the guardrail: all of them are named.
  if (name === 'aws:requestedregion' && operator === 'StringNotEquals')
    return `, outside of ${values.join(', ')}`;
  return `, where ${operator} ${key} ${few(values)}`;
}

/** `arn:aws:iam::*:role/Ops` → `role/Ops` */
const principal = (arn: string): string => {
  const name = arn.split(':').slice(5).join(':');
  if (name === 'root') return 'the root user';
  return name === '' ? arn : name;
};

const MANY = 4;
const few = (texts: readonly string[]): string =>
  texts.length <= MANY
    ? texts.join(', ')
    : `${texts.slice(0, MANY - 1).join(', ')} and ${texts.length - MANY + 1} more`;

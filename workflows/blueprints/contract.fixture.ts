import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import jsonata from 'jsonata';
import { describe, expect, it } from 'vitest';
import { MEMBER } from '../../infra/local/services/account-test-world.ts';
import { iamService } from '../../infra/local/services/iam-api.ts';
import { ComponentPlan } from '../../services/planning/plan.schema.ts';
import { readComponents } from '../artifacts.node.ts';
import { executionRole } from './execution-role.fixture.ts';
import { fencedAccount } from './fenced-account.fixture.ts';
import { plannedAlone } from './plan.fixture.ts';
import { executionRoleFor } from './render.node.ts';
import { trustOf } from './role-trust.ts';

const cfnLint = spawnSync('cfn-lint', ['--version'], { encoding: 'utf8' });
export const withoutLint = cfnLint.status !== 0;
if (withoutLint) process.stdout.write('skipped: cfn-lint is not installed (pip install cfn-lint)\n');

type Got = { Role: { AssumeRolePolicyDocument: string } };
type Definition = { Default?: unknown; AllowedPattern?: string; AllowedValues?: unknown[] };

/** What cfn-lint has to say of a template: nothing. @param region where it is to be deployed; else us-east-1 */
export function lint(path: string, region?: string) {
  const where = region === undefined ? [] : ['--regions', region];
  const { status, stdout, stderr } = spawnSync('cfn-lint', [path, ...where], { encoding: 'utf8' });
  return { status, output: stdout + stderr };
}

/** As CloudFormation would check the parameters of a stack. */
export function expectTaken(template: string, parameters: Record<string, string>): void {
  const known: Record<string, Definition> = JSON.parse(template).Parameters ?? {};
  const required = Object.entries(known).filter(([, { Default }]) => Default === undefined);
  expect(Object.keys(parameters).filter((key) => !(key in known))).toEqual([]);
  expect(required.map(([key]) => key).filter((key) => !(key in parameters))).toEqual([]);
  for (const [key, value] of Object.entries(parameters)) {
    const { AllowedPattern, AllowedValues } = known[key] ?? {};
    if (AllowedPattern) expect(value).toMatch(new RegExp(`^(?:${AllowedPattern})$`));
    if (AllowedValues) expect(AllowedValues).toContain(value);
  }
}

/**
 * What every folder of a component has to keep, ours and yours: `readComponents` checks component.json and template
 * against each other, and here each example is planned and deployed behind the fence, with calls that the execution role
 * may make once `npm run render` has written its template.
 *
 * @param root the folder that holds workflows/blueprints
 * @param only these components, where the others have been looked at already
 */
export function describeContract(root: string, only?: readonly string[]): void {
  const folders = readComponents(root).filter(({ component }) => only?.includes(component.name) ?? true);
  const may = executionRole(executionRoleFor(root));
  describe.each(folders.map((folder) => [folder.component.name, folder] as const))(
    'component %s',
    (_name, folder) => {
      const { component, artifact } = folder;
      it.skipIf(!artifact).each(component.examples)('deploys behind the fence with %j', (example) => {
        const planned = plannedAlone(folder, example);
        if (!planned || !artifact) throw new Error('nothing was planned');
        expect(ComponentPlan.parse(planned)).toEqual(planned);
        expectTaken(artifact.text, planned.parameters);
        // What may also be verified is deployed only where Control Tower does not manage it.
        const account = fencedAccount([artifact], { recorded: !component.modes.includes('verify') });
        expect(account.deploy(planned)).toEqual(['CREATE_COMPLETE']);
        if (component.name === 'execution-role') return;
        for (const { action, resource = '*', context } of account.calls())
          expect([action, resource, may(action, resource, context)]).toEqual([action, resource, 'allowed']);
      });

      it.skipIf(!artifact)('says of every role whom it lets in, as the workflow reads it back', async () => {
        const planned = plannedAlone(folder, component.examples[0] ?? {});
        if (!planned || !artifact) throw new Error('nothing was planned');
        const account = fencedAccount([artifact], { recorded: !component.modes.includes('verify') });
        account.deploy(planned);
        const roles = planned.readBack?.roles ?? [];
        expect(roles.map(({ name }) => name).sort()).toEqual(account.roles().sort());
        for (const { name, trust } of roles) {
          const { Role } = account.ask<Got>(iamService, 'GetRole', { RoleName: name });
          const document = JSON.parse(decodeURIComponent(Role.AssumeRolePolicyDocument));
          const seen: unknown = await jsonata(trustOf('$document')).evaluate({}, { document });
          expect([seen].flat().sort()).toEqual(
            trust.map((one) => one.replaceAll('{accountId}', MEMBER)).sort(),
          );
        }
      });

      it.skipIf(!artifact).each(component.examples)(
        'has outputs that say what is planned, with %j',
        (example) => {
          const planned = plannedAlone(folder, example);
          if (!planned || !artifact) throw new Error('nothing was planned');
          const account = fencedAccount([artifact], { recorded: !component.modes.includes('verify') });
          account.deploy(planned);
          const said = account.outputs(component.name);
          for (const [name, value] of Object.entries(planned.readBack?.outputs ?? {}))
            expect([name, said[name]]).toEqual([name, value.replaceAll('{accountId}', MEMBER)]);
        },
      );

      it.skipIf(!artifact || withoutLint)('passes cfn-lint', { timeout: 60_000 }, () => {
        expect(lint(join(root, artifact?.path ?? ''))).toEqual({ status: 0, output: '' });
      });
    },
  );
}

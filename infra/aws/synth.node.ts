import { packageRoot } from '../../services/kernel/package-root.node.ts';
import { readArtifacts } from '../../workflows/artifacts.node.ts';
import { createApp, type Sources } from './app.ts';
import type { Target } from './jetway-stack.ts';
import { readMachines } from './machines.node.ts';
import { judge } from './nag.ts';

export type Template = {
  Parameters?: Record<string, { Default?: unknown }>;
  Resources: Record<string, Resource>;
};
export type Resource = { Type: string; Properties: Record<string, unknown>; [key: string]: unknown };
export type SynthesizedStack = { name: string; target: Target; template: Template };

/** What is read from the package's folders. */
export function readSources(root: string = packageRoot()): Sources {
  const artifacts = readArtifacts(root);
  const templateOf = (component: string) => {
    const found = artifacts.find((one) => one.component === component);
    if (!found) throw new Error(`the component ${component} has no template`);
    return { component, fileName: found.fileName };
  };
  return {
    machines: readMachines(root),
    members: { role: templateOf('execution-role'), forwarding: templateOf('event-forwarding') },
  };
}

/** Every template. @throws with the findings of cdk-nag that nobody has answered */
export function synthesize(sources: Sources = readSources()): SynthesizedStack[] {
  // CDK warns of a property that it reads itself and nobody sets.
  process.env.JSII_DEPRECATED ??= 'quiet';
  const { app, stacks } = createApp(sources);
  judge(app, stacks);
  const assembly = app.synth();
  return stacks.map((stack) => ({
    name: stack.stackName,
    target: stack.target,
    template: assembly.getStackByName(stack.stackName).template as Template,
  }));
}

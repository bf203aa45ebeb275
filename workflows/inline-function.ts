type Template = { Resources: Record<string, { Type: string; Properties?: Record<string, unknown> }> };

/**
 * The template with `source` as the code of its function `logicalId`, one line of code a line of JSON, so that a
 * person can read and review what runs. Throws when the template has no such function.
 */
export function withInlineFunction(templateText: string, logicalId: string, source: string): string {
  const template = JSON.parse(templateText) as Template;
  const resource = template.Resources[logicalId];
  if (resource?.Type !== 'AWS::Lambda::Function') throw new Error(`there is no function ${logicalId}`);
  const Code = { ZipFile: { 'Fn::Join': ['\n', source.trimEnd().split('\n')] } };
  resource.Properties = { ...resource.Properties, Code };
  return `${JSON.stringify(template, null, 2)}\n`;
}

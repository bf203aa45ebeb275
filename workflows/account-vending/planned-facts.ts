/**
 * JSONata code of what a component's parameters are where they were deployed, if they are not as planned: a line for each
 * in words. What the plan leaves to the template's default is not compared, nor what CloudFormation keeps secret.
 *
 * @param parameters JSONata code of `[{ ParameterKey, ParameterValue }]`
 * @param planned JSONata code of the component
 */
export const otherParameters = (parameters: string, planned: string): string => `[$each(${planned}.parameters,
  function($v, $k) {($is := ${parameters}[ParameterKey = $k].ParameterValue;
    $not($is in [$v, '****']) ? $k & ' is ' & ($exists($is) ? $is : 'missing') & ', not ' & $v)})]`;

/** The same of the outputs that the plan reads back. @param outputs JSONata code of `[{ OutputKey, OutputValue }]` */
export const otherOutputs = (
  outputs: string,
  planned: string,
): string => `[$exists(${planned}.readBack.outputs)
  ? $each(${planned}.readBack.outputs, function($v, $k) {(
      $should := $replace($v, '{accountId}', $accountId); $is := ${outputs}[OutputKey = $k].OutputValue;
      $not($is in [$should]) ? $k & ' is ' & ($exists($is) ? $is : 'missing') & ', not ' & $should)})
  : []]`;

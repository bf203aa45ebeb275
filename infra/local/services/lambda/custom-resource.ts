import { type ResourceContext, ResourceFailure, textOf } from '../cloudformation/resources/resource-type.ts';
import { isObject, type Json, type JsonObject } from '../cloudformation/template/template.ts';

type Response = {
  Status?: string;
  Reason?: string;
  PhysicalResourceId?: string;
  RequestId?: string;
  LogicalResourceId?: string;
  StackId?: string;
  Data?: JsonObject;
};
type Request = {
  type: 'Create' | 'Update' | 'Delete';
  resourceType: string;
  stackId: string;
  logicalId: string;
  properties: JsonObject;
  oldProperties?: JsonObject;
  physicalId?: string;
};

/** The code of a failure whose words CloudFormation does not wrap. */
export const CUSTOM_RESOURCE_FAILURE = 'CustomResource';
const RESPONSE_LIMIT = 4_096;

/**
 * Asks the function behind a custom resource, as CloudFormation does: the event names a URL, and the answer is what
 * the function puts there, not what it returns.
 * @throws ResourceFailure in CloudFormation's words when it answers FAILED, or nothing
 */
export function askFunction(
  { world, region }: Pick<ResourceContext, 'world' | 'region'>,
  request: Request,
): { id: string; attributes: JsonObject } {
  const RequestId = world.random.uuid();
  const url = responseUrl(region, RequestId);
  let answer: Response | undefined;
  world.runFunction?.(
    textOf(request.properties, 'ServiceToken'),
    eventOf(request, RequestId, url),
    (to, body) => {
      if (to !== url) return 404;
      if (Buffer.byteLength(body) <= RESPONSE_LIMIT) answer = parsed(body);
      return 200;
    },
  );
  return resultOf(request, RequestId, answer);
}

function eventOf(request: Request, RequestId: string, ResponseURL: string) {
  const { type, resourceType, stackId, logicalId, properties, oldProperties, physicalId } = request;
  return {
    RequestType: type,
    ServiceToken: properties.ServiceToken,
    ResponseURL,
    StackId: stackId,
    RequestId,
    LogicalResourceId: logicalId,
    ResourceType: resourceType,
    ...(physicalId === undefined ? {} : { PhysicalResourceId: physicalId }),
    ResourceProperties: asTexts(properties),
    ...(oldProperties === undefined ? {} : { OldResourceProperties: asTexts(oldProperties) }),
  };
}

const responseUrl = (region: string, requestId: string): string =>
  `https://cloudformation-custom-resource-response-${region.replaceAll('-', '')}.s3.amazonaws.com/${requestId}?Signature=embedded`;

/** CloudFormation gives every scalar as text. */
function asTexts(value: Json): Json {
  if (Array.isArray(value)) return value.map(asTexts);
  if (isObject(value))
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, asTexts(inner)]));
  return value === null ? value : String(value);
}

function parsed(body: string): Response {
  try {
    return JSON.parse(body) as Response;
  } catch {
    return { Status: 'FAILED', Reason: 'Response is not valid JSON' };
  }
}

function resultOf(request: Request, requestId: string, answer: Response | undefined) {
  if (answer === undefined)
    throw new ResourceFailure(
      `CloudFormation did not receive a response from your Custom Resource. Please check your logs for requestId [${requestId}].`,
      CUSTOM_RESOURCE_FAILURE,
    );
  const { Status, Reason = 'no reason was given', PhysicalResourceId, Data = {} } = answer;
  const isForThis =
    answer.RequestId === requestId &&
    answer.LogicalResourceId === request.logicalId &&
    answer.StackId === request.stackId;
  if (Status !== 'SUCCESS' || !isForThis || !PhysicalResourceId) {
    const why =
      Status === 'SUCCESS' ? 'Invalid response: a required field is missing or of another request' : Reason;
    throw new ResourceFailure(
      `Received response status [FAILED] from custom resource. Message returned: ${why} (RequestId: ${requestId})`,
      CUSTOM_RESOURCE_FAILURE,
    );
  }
  return { id: PhysicalResourceId, attributes: Data };
}

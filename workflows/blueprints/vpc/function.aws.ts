import { functionFor } from '../../custom-resource/lambda.aws.ts';
import { closedGroup } from './closed-group.ts';

/** Entry point of the function. */
export const handler = functionFor(closedGroup);

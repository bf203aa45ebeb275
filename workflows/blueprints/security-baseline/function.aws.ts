import { functionFor } from '../../custom-resource/lambda.aws.ts';
import { accountSettings } from './account-settings.ts';

/** Entry point of the function. */
export const handler = functionFor(accountSettings);

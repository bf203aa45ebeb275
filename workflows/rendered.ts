import type { Definition } from './asl/definition.ts';

/** The text of the committed file. */
export const rendered = (definition: Definition): string => `${JSON.stringify(definition, null, 2)}\n`;

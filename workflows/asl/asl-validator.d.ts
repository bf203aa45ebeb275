/** The package has no types of its own. */
declare module 'asl-validator' {
  type Finding = { 'Error code': string; Message: string };
  const validate: (definition: unknown) => { isValid: boolean; errors: Finding[] };
  export = validate;
}

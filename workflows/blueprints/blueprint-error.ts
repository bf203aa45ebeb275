/** A file of a blueprint or of a component is wrong; `message` lists every problem, one a line. */
export class BlueprintError extends Error {
  override readonly name = 'BlueprintError';
}

import type { State } from './definition.ts';
import type { Frame } from './documents.ts';
import type { Scope } from './expressions.ts';
import type { Json } from './json.ts';
import type { Running } from './kernel.ts';

/** What a step changes. It runs synchronously, inside one store transaction, after everything was computed. */
export type Commit = () => void;

/** A frame about to run its state. */
export type Step<S extends State> = {
  running: Running;
  frame: Frame;
  state: S;
  input: Json;
  scope: Scope;
};

/**
 * Computes a state. It reads documents and evaluates expressions; it changes nothing before its commit.
 *
 * @throws StateFailure
 */
export type Handler<S extends State> = (step: Step<S>) => Promise<Commit>;

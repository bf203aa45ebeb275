import type { Definition } from '../asl/definition.ts';
import { machine } from '../asl/machine.ts';
import { act } from './act.ts';
import { decide } from './decide.ts';
import { filter, find } from './filter.ts';
import { reach } from './reach.ts';
import { read } from './read.ts';

/**
 * Gives the interfaces of an account the sessions that its profile asks for, and takes away what is too much. Started by an
 * event of one instance, or for the whole account with its profile: the second arms it, and finds what events have lost.
 * Standard, not Express: a whole account may take longer than five minutes.
 */
export const mirrorAttach: Definition = machine({
  comment:
    'Creates and deletes mirror sessions until interfaces have what the profile of the account asks for.',
  startAt: 'Read the input',
  stages: [find, reach, filter, read, decide, act],
});

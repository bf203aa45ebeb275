import { describe, expect, it } from 'vitest';
import { BlueprintError } from './blueprint-error.ts';
import { parseComponent, readParameters } from './component.ts';

const sound = {
  name: 'alerts',
  title: 'Alerts',
  description: 'A topic for alarms.',
  version: '1.0.0',
  modes: ['deploy'],
  regions: 'home',
};
const read = (changes: object) => parseComponent({ ...sound, ...changes }, 'alerts/component.json');
const parameter = (declaration: object) =>
  read({ parameters: { one: { description: 'One.', ...declaration } } });

describe('component.json', () => {
  it('takes a sound one', () => {
    expect(read({})).toMatchObject({ name: 'alerts', parameters: {}, stackParameters: {}, examples: [{}] });
  });

  it.each([
    ['an unknown field', { owner: 'ana' }, '/owner is not known'],
    ['a version that is not semantic', { version: '1.0' }, '/version is not a semantic version'],
    ['an unknown mode', { modes: ['ignore'] }, '/modes/0'],
    ['unknown regions', { regions: 'all' }, '/regions'],
    ['an unknown derivation', { derive: 'magic' }, '/derive'],
    [
      'a value that nobody knows',
      { stackParameters: { Email: 'context.email' } },
      '/stackParameters/Email: nobody knows the value context.email',
    ],
    [
      'a parameter that it does not declare',
      { stackParameters: { Email: 'parameters.email' } },
      'nobody knows the value parameters.email',
    ],
    [
      'an output that is read back beside a value that nobody knows',
      { readBack: { outputs: { Arn: '${context.email}' } } },
      '/readBack/outputs/Arn: nobody knows the value context.email',
    ],
    [
      'an output that is read back beside a parameter that it does not declare',
      { readBack: { outputs: { Arn: '${parameters.email}' } } },
      'nobody knows the value parameters.email',
    ],
    ['a parameter of no type', { parameters: { one: { description: 'x' } } }, '/parameters/one'],
    [
      'a default that it would refuse',
      { parameters: { one: { type: 'integer', description: 'x', maximum: 3, default: 4 } } },
      '/parameters/one/default must be 3 or less',
    ],
    [
      'a required parameter with a default',
      { parameters: { one: { type: 'boolean', description: 'x', required: true, default: true } } },
      '/parameters/one is required and has a default',
    ],
    [
      'a pattern that is none',
      { parameters: { one: { type: 'string', description: 'x', pattern: '(' } } },
      'is not a regular expression',
    ],
    [
      'an example that lacks a parameter',
      { parameters: { one: { type: 'string', description: 'x', required: true } } },
      '/examples/0/one: is required',
    ],
  ])('with %s is refused', (_what, changes, message) => {
    expect(() => read(changes)).toThrow(BlueprintError);
    expect(() => read(changes)).toThrow(message);
  });

  it('tells every problem, each with its file and place', () => {
    const wrong = () => read({ version: '1', modes: [], stackParameters: 3 });
    for (const place of ['/version', '/modes', '/stackParameters'])
      expect(wrong).toThrow(`alerts/component.json: ${place}`);
  });
});

describe('parameters', () => {
  const problems = (declaration: object, given: unknown) => {
    const read = readParameters(parameter(declaration), given);
    return 'problems' in read
      ? read.problems.map(({ path, message }) => `/${path.join('/')} ${message}`)
      : [];
  };

  it.each([
    [{ type: 'string', maxLength: 3 }, { one: 'four' }],
    [{ type: 'string', minLength: 3 }, { one: 'to' }],
    [{ type: 'string', enum: ['a', 'b'] }, { one: 'c' }],
    [{ type: 'string', pattern: 'a+' }, { one: 'ab' }],
    [{ type: 'integer' }, { one: 1.5 }],
    [{ type: 'integer', minimum: 2 }, { one: 1 }],
    [{ type: 'number', multipleOf: 0.01 }, { one: 0.001 }],
    [{ type: 'number', maximum: 1 }, { one: Number.NaN }],
    [{ type: 'boolean' }, { one: 'true' }],
    [{ type: 'list', items: { type: 'string' } }, { one: 'a,b' }],
    [{ type: 'list', items: { type: 'string' }, maxItems: 1 }, { one: ['a', 'b'] }],
    [{ type: 'list', items: { type: 'integer' }, minItems: 1 }, { one: [] }],
    [{ type: 'list', items: { type: 'string' } }, { one: ['a', 'a'] }],
    [{ type: 'string' }, { one: null }],
  ])('of %j refuse %j', (declaration, given) => {
    expect(problems(declaration, given)).toEqual([expect.stringMatching(/^\/one /)]);
  });

  it('say which item of a list is wrong, and which name is not known', () => {
    const items = { type: 'integer', maximum: 9 };
    expect(problems({ type: 'list', items }, { one: [1, 10], two: 2 })).toEqual([
      '/one/1 must be 9 or less',
      '/two is not known',
    ]);
  });

  it('take their defaults, and leave out what nobody gave', () => {
    const read = (declaration: object) => readParameters(parameter(declaration), {});
    expect(read({ type: 'integer', default: 3 })).toEqual({ parameters: { one: 3 } });
    expect(read({ type: 'integer' })).toEqual({ parameters: {} });
  });
});

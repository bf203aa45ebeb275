import { describe, expect, it } from 'vitest';
import { parseBlueprint, parseParameters } from '../../workflows/blueprints/blueprint.ts';
import { parseComponent } from '../../workflows/blueprints/component.ts';
import { BlueprintBody } from './blueprint.schema.ts';
import { blueprintView } from './blueprint-view.ts';

const component = (name: string, rest: object = {}) => ({
  name,
  title: `Title of ${name}`,
  description: `What ${name} is for.`,
  version: '1.2.0',
  modes: ['deploy'],
  regions: 'home',
  ...rest,
});
const store = component('store', {
  regions: 'governed',
  parameters: {
    size: { type: 'integer', description: 'How big.', required: true, minimum: 1, maximum: 9 },
    owner: { type: 'string', description: 'Whose.', required: true, pattern: '[a-z]+', maxLength: 8 },
    kinds: {
      type: 'list',
      description: 'Of what.',
      items: { type: 'string', enum: ['a', 'b'] },
      maxItems: 2,
      default: ['a'],
    },
    open: { type: 'boolean', description: 'To all.', default: true },
    note: { type: 'string', description: 'Free text.' },
  },
  examples: [{ size: 1, owner: 'x' }],
});
const known = new Map(
  [component('execution-role'), store].map((one) => [one.name, parseComponent(one, one.name)]),
);
const blueprintWith = (defaults: object) =>
  parseBlueprint(
    {
      name: 'small',
      title: 'Small',
      description: 'A small one.',
      version: '3.0.0',
      components: [
        { name: 'execution-role', version: '1.2.0', mode: 'deploy' },
        { name: 'store', version: '1.2.0', mode: 'deploy', optional: true },
      ],
      defaults,
    },
    known,
  );
const parametersIn = (defaults: object) =>
  Object.fromEntries(
    (blueprintView(blueprintWith(defaults)).components[1]?.parameters ?? []).map((one) => [one.name, one]),
  );

describe('blueprintView', () => {
  it('shows a blueprint with its components, and its schema takes it as it is', () => {
    const view = blueprintView(blueprintWith({}));
    expect(view).toMatchObject({
      name: 'small',
      title: 'Small',
      description: 'A small one.',
      version: '3.0.0',
      defaults: {},
      components: [
        { name: 'execution-role', regions: 'home', optional: false, included: true, parameters: [] },
        {
          name: 'store',
          title: 'Title of store',
          description: 'What store is for.',
          version: '1.2.0',
          mode: 'deploy',
          regions: 'governed',
          optional: true,
          included: false,
        },
      ],
    });
    expect(BlueprintBody.parse(view)).toEqual(view);
  });

  it('says limits, and what has to be given', () => {
    expect(parametersIn({})).toEqual({
      size: {
        name: 'size',
        type: 'integer',
        description: 'How big.',
        required: true,
        minimum: 1,
        maximum: 9,
      },
      owner: {
        name: 'owner',
        type: 'string',
        description: 'Whose.',
        required: true,
        pattern: '[a-z]+',
        maxLength: 8,
      },
      kinds: {
        name: 'kinds',
        type: 'list',
        description: 'Of what.',
        required: false,
        items: { type: 'string', enum: ['a', 'b'] },
        maxItems: 2,
        default: ['a'],
      },
      open: { name: 'open', type: 'boolean', description: 'To all.', required: false, default: true },
      note: { name: 'note', type: 'string', description: 'Free text.', required: false },
    });
  });

  it('has the defaults of the blueprint, even a false one, before those of the component', () => {
    const defaults = { store: { size: 3, owner: 'ops', open: false } };
    expect(parametersIn(defaults)).toMatchObject({
      size: { required: false, default: 3 },
      owner: { required: false, default: 'ops' },
      open: { default: false },
      kinds: { default: ['a'] },
    });
    expect(blueprintView(blueprintWith(defaults)).components[1]?.included).toBe(true);
  });

  it('calls required exactly what a request is refused without', () => {
    const blueprint = blueprintWith({});
    const refused = parseParameters(blueprint, { store: {} }, '');
    const required = Object.values(parametersIn({})).filter((one) => one.required);
    expect('errors' in refused && refused.errors.map(({ pointer }) => pointer)).toEqual(
      required.map(({ name }) => `/store/${name}`),
    );
  });
});

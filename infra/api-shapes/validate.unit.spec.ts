import { describe, expect, it } from 'vitest';
import type { ApiShapes } from './model.ts';
import { fromStates, toStates } from './naming.ts';
import { awsValidationMessage, checkKeys, issueText, validateInput, validateOutput } from './validate.ts';

const shapes: ApiShapes = {
  service: 'servicecatalog',
  protocol: 'json',
  targetPrefix: 'Target',
  operations: {
    ProvisionProduct: {
      errors: ['InvalidParametersException'],
      input: {
        required: ['ProvisionedProductName'],
        members: {
          ProvisionedProductName: { type: 'string', min: 1, max: 8, pattern: '[a-z][a-z0-9-]*' },
          ProvisioningParameters: { ref: 'ProvisioningParameters' },
          Mode: { type: 'string', enum: ['FAST', 'SLOW'] },
          Tags: { ref: 'Tags' },
          PageSize: { type: 'integer', min: 0, max: 20 },
          Since: { type: 'timestamp' },
        },
      },
      output: { required: [], members: { RecordId: { type: 'string' } } },
    },
    EnableControl: {
      errors: [],
      input: {
        required: ['controlIdentifier'],
        members: { controlIdentifier: { type: 'string' }, parameters: { ref: 'Parameters' } },
      },
      output: { required: [], members: { summary: { ref: 'Parameter' } } },
    },
    NoInput: { errors: [] },
  },
  shapes: {
    ProvisioningParameters: { type: 'list', member: { ref: 'ProvisioningParameter' }, max: 2 },
    ProvisioningParameter: {
      type: 'structure',
      required: ['Key'],
      members: { Key: { type: 'string' }, Value: { type: 'string', max: 4096 } },
    },
    Tags: { type: 'map', key: { type: 'string', max: 3 }, value: { type: 'string' } },
    Parameters: { type: 'list', member: { ref: 'Parameter' } },
    Parameter: {
      type: 'structure',
      required: [],
      members: { key: { type: 'string' }, value: { ref: 'Document' } },
    },
    Document: { type: 'structure', required: [], members: {}, document: true },
  },
};
const textsOf = (action: string, input: unknown) =>
  validateInput(shapes, action, input).map((issue) => issueText(issue, 'Arguments'));
const good = { ProvisionedProductName: 'a' };

describe('validateInput', () => {
  it('accepts what the model accepts', () => {
    const input = {
      ...good,
      ProvisioningParameters: [{ Key: 'AccountName', Value: 'x' }],
      Mode: 'FAST',
      Tags: { a: 'b' },
      PageSize: 20,
      Since: '2026-01-01T00:00:00Z',
    };
    expect(textsOf('ProvisionProduct', input)).toEqual([]);
    expect(textsOf('NoInput', undefined)).toEqual([]);
  });

  it.each([
    [
      { ...good, ProvisioningParameters: [{ Key: 'k', Valuee: 'v' }] },
      'Arguments.ProvisioningParameters[0].Valuee: not a member of ProvisioningParameter',
    ],
    [{ ...good, Nmae: 1 }, 'Arguments.Nmae: not a member of ProvisionProduct input'],
    [{}, 'Arguments.ProvisionedProductName: required'],
    [{ ...good, ProvisioningParameters: [{}] }, 'Arguments.ProvisioningParameters[0].Key: required'],
    [{ ...good, ProvisioningParameters: {} }, 'Arguments.ProvisioningParameters: must be a list'],
    [
      { ...good, ProvisioningParameters: [{ Key: 'a' }, { Key: 'b' }, { Key: 'c' }] },
      'Arguments.ProvisioningParameters: must have at most 2 items, has 3',
    ],
    [{ ProvisionedProductName: 7 }, 'Arguments.ProvisionedProductName: must be a string'],
    [
      { ProvisionedProductName: 'ninechars' },
      'Arguments.ProvisionedProductName: must have at least 1 and at most 8 characters, has 9',
    ],
    [
      { ProvisionedProductName: '-a' },
      'Arguments.ProvisionedProductName: must satisfy regular expression pattern: [a-z][a-z0-9-]*',
    ],
    [{ ...good, Mode: 'MEDIUM' }, 'Arguments.Mode: must be one of [FAST, SLOW]'],
    [{ ...good, Tags: { long: 'b' } }, 'Arguments.Tags.long: must have at most 3 characters, has 4'],
    [{ ...good, PageSize: 21 }, 'Arguments.PageSize: must be at least 0 and at most 20'],
    [{ ...good, PageSize: 1.5 }, 'Arguments.PageSize: must be a whole number'],
    [{ ...good, Since: 'soon' }, 'Arguments.Since: must be a time'],
    ['text', 'Arguments: must be an object (ProvisionProduct input)'],
  ])('names the place and the fault: %j', (input, text) => {
    expect(textsOf('ProvisionProduct', input)).toEqual([text]);
  });

  it('names an unknown operation, also one that every object has', () => {
    expect(textsOf('ProvisionProdukt', {})).toEqual(['unknown operation ProvisionProdukt of servicecatalog']);
    expect(textsOf('toString', {})).toEqual(['unknown operation toString of servicecatalog']);
  });

  it('looks at answers too', () => {
    const issues = validateOutput(shapes, 'ProvisionProduct', { RecordID: 'rec-1' });
    expect(issues.map((issue) => issueText(issue, ''))).toEqual([
      '.RecordID: not a member of ProvisionProduct output',
    ]);
  });

  it('says it in one sentence, as AWS does', () => {
    const issues = validateInput(shapes, 'ProvisionProduct', { ...good, Mode: 'M', PageSize: 30 });
    expect(awsValidationMessage(issues)).toMatch(/^2 validation errors detected: Value 'M' at 'mode' failed/);
  });
});

describe('checkKeys', () => {
  it('accepts expressions anywhere and still checks names, nesting and literals', () => {
    expect(checkKeys(shapes, 'ProvisionProduct', '{% $all %}')).toEqual([]);
    expect(
      checkKeys(shapes, 'ProvisionProduct', {
        ProvisionedProductName: '{% $states.input.name %}',
        ProvisioningParameters: '{% $states.input.parameters %}',
        PageSize: '{% 20 %}',
      }),
    ).toEqual([]);
    expect(
      checkKeys(shapes, 'ProvisionProduct', {
        ProvisioningParameters: ['{% $one %}', { Key: '{% $k %}', Valuee: '{% $v %}' }],
        Mode: 'M',
      }),
    ).toEqual([
      'Arguments.ProvisionedProductName: required',
      'Arguments.ProvisioningParameters[1].Valuee: not a member of ProvisioningParameter',
      'Arguments.Mode: must be one of [FAST, SLOW]',
    ]);
  });

  it('spells members as Step Functions does', () => {
    expect(checkKeys(shapes, 'EnableControl', { ControlIdentifier: 'arn' })).toEqual([]);
    expect(checkKeys(shapes, 'EnableControl', { controlIdentifier: 'arn' })).toEqual([
      'Arguments.ControlIdentifier: required',
      'Arguments.controlIdentifier: not a member of EnableControl input',
    ]);
  });
});

describe('spelling', () => {
  it('goes to the service and back, leaving documents alone', () => {
    const states = { ControlIdentifier: 'arn', Parameters: [{ Key: 'a', Value: { AllowedRegions: ['x'] } }] };
    const api = { controlIdentifier: 'arn', parameters: [{ key: 'a', value: { AllowedRegions: ['x'] } }] };
    expect(fromStates(shapes, 'EnableControl', states)).toEqual(api);
    expect(toStates(shapes, 'EnableControl', { summary: api.parameters[0] })).toEqual({
      Summary: states.Parameters[0],
    });
  });
});

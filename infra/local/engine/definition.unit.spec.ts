import { describe, expect, it } from 'vitest';
import { diagnose, parseDefinition } from './definition.ts';
import { ask, call, machine } from './harness.ts';

const pass = { Type: 'Pass', End: true };
const problems = (definition: unknown) =>
  diagnose(JSON.stringify(definition)).map(({ message, location }) => `${location}: ${message}`);
const withState = (state: unknown) => problems(machine('A', { A: state }));

describe('a definition', () => {
  it('is taken when every state type is right', () => {
    const states = {
      Choose: { Type: 'Choice', Choices: [{ Condition: '{% true %}', Next: 'Ask' }], Default: 'No' },
      No: { Type: 'Fail', Error: 'No', Cause: '{% $states.input.why %}' },
      Ask: ask({
        TimeoutSeconds: 60,
        HeartbeatSeconds: '{% 5 %}',
        Credentials: { RoleArn: '{% $r %}' },
        Next: 'Fan',
      }),
      Fan: { Type: 'Parallel', Branches: [{ StartAt: 'In', States: { In: pass } }], Next: 'Each' },
      Each: {
        Type: 'Map',
        Items: [1, 2],
        ItemProcessor: { ProcessorConfig: { Mode: 'INLINE' }, StartAt: 'It', States: { It: pass } },
        Assign: '{% {"a": 1} %}',
        Next: 'Wait',
      },
      Wait: { Type: 'Wait', Timestamp: '2026-01-01T00:00:00Z', Next: 'Done' },
      Done: { Type: 'Succeed', Output: 1 },
    };
    const definition = machine('Choose', states, { TimeoutSeconds: 5, Comment: 'all' });
    expect(problems(definition)).toEqual([]);
    expect(parseDefinition(JSON.stringify(definition)).StartAt).toBe('Choose');
  });

  it('must be in JSONata mode', () => {
    expect(problems({ StartAt: 'A', States: { A: pass } })).toEqual([
      "/QueryLanguage: Only the QueryLanguage 'JSONata' is supported",
    ]);
    expect(withState({ ...pass, QueryLanguage: 'JSONPath' })[0]).toContain("can not be 'JSONPath'");
    expect(withState({ ...pass, Parameters: {} })).toEqual([
      "/States/A: Field 'Parameters' is not supported here",
    ]);
    expect(() => parseDefinition('{"StartAt":"A","States":{"A":{"Type":"Pass","End":true}}}')).toThrow(
      expect.objectContaining({
        code: 'InvalidDefinition',
        message: expect.stringContaining('SCHEMA_VALIDATION_FAILED'),
      }),
    );
  });

  it.each([
    ['not JSON', 'not', 'INVALID_JSON_DESCRIPTION'],
    ['not an object', '[]', 'Definition must be a valid JSON object'],
    ['empty', '{"QueryLanguage":"JSONata"}', 'These fields are required: [StartAt, States]'],
  ])('is refused when it is %s', (_, text, message) => {
    expect(() => parseDefinition(text)).toThrow(message);
  });

  it.each([
    [{ Type: 'Pass' }, 'Exactly one of [Next, End] is required'],
    [{ Type: 'Pass', End: true, Next: 'A' }, 'Exactly one of [Next, End] is required'],
    [{ Type: 'Pass', Next: 'Gone' }, "Missing transition target 'Gone'"],
    [{ Type: 'Poll', End: true }, 'Unknown state type "Poll"'],
    [{ Type: 'Wait', End: true }, 'Exactly one of [Seconds, Timestamp] is required'],
    [{ Type: 'Wait', Seconds: -1, End: true }, 'Expected an integer from 0'],
    [{ Type: 'Wait', Timestamp: '2026-01-01 00:00', End: true }, 'String does not match RFC3339 timestamp'],
    [{ Type: 'Pass', Output: '{% $x ?? 1 %}', End: true }, 'Invalid JSONata expression'],
    [{ Type: 'Pass', Output: { a: ['{% ( %}'] }, End: true }, '/States/A/Output/a[0]: Invalid JSONata'],
    [{ Type: 'Pass', Output: '{% 1', End: true }, "starts with '{%' and ends with '%}'"],
    [{ Type: 'Pass', Assign: { states: 1 }, End: true }, "'states' is not a variable name"],
    [{ Type: 'Pass', Assign: 'x', End: true }, 'Expected value of type Object'],
    [{ Type: 'Choice', Choices: [] }, 'Expected an array of at least 1'],
    [{ Type: 'Choice', Choices: [{ Condition: 'yes', Next: 'A' }] }, 'Expected value of type Boolean'],
    [ask({ TimeoutSeconds: 5, HeartbeatSeconds: 5, End: true }), 'HeartbeatSeconds must be smaller'],
    [ask({ Credentials: {}, End: true }), "The field 'RoleArn' is required"],
    [{ Type: 'Task', Resource: 'arn:aws:states:::sqs:sendMessage.sync', End: true }, 'is not recognized'],
    [
      { Type: 'Task', Resource: 'arn:aws:lambda:us-east-1:111122223333:function:f', End: true },
      'is not recognized',
    ],
    [
      call('listRoots', { Retry: [{ ErrorEquals: [] }], End: true }),
      'Expected a non-empty array of error names',
    ],
    [
      call('listRoots', { Retry: [{ ErrorEquals: ['States.ALL', 'X'] }], End: true }),
      'States.ALL must appear alone',
    ],
    [
      call('listRoots', { Retry: [{ ErrorEquals: ['X'], BackoffRate: 0.5 }], End: true }),
      'Expected a number from 1',
    ],
    [
      call('listRoots', { Retry: [{ ErrorEquals: ['States.ALL'] }, { ErrorEquals: ['X'] }], End: true }),
      'States.ALL must be in the last rule',
    ],
    [call('listRoots', { Catch: [{ ErrorEquals: ['X'], Next: 'Gone' }], End: true }), "target 'Gone'"],
    [
      {
        Type: 'Map',
        ItemProcessor: { ProcessorConfig: { Mode: 'DISTRIBUTED' }, StartAt: 'I', States: { I: pass } },
        End: true,
      },
      "Expected the Mode 'INLINE'",
    ],
    [
      { Type: 'Parallel', Branches: [{ StartAt: 'A', States: { A: pass } }], End: true },
      'already used at /States/A',
    ],
  ])('is refused: %#', (state, message) => {
    expect(withState(state).join('\n')).toContain(message);
  });

  it('has no state that cannot be reached', () => {
    expect(problems(machine('A', { A: pass, B: pass }))).toEqual(['/States/B: State "B" is not reachable.']);
  });
});

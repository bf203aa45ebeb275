// Evaluates JSONata for moto's interpreter: a line in, a line out. The reference implementation, and besides it only what
// moto lacks of Step Functions' functions; nothing of the embedded engine is used here, so that the two are two.
import { createHash, randomUUID } from 'node:crypto';
import { createInterface } from 'node:readline';
import jsonata from 'jsonata';

const compiled = new Map();

function compile(source) {
  const known = compiled.get(source);
  if (known) return known;
  const expression = jsonata(source);
  const digest = (text, algorithm) => createHash(algorithm.replace('-', '')).update(text).digest('hex');
  expression.registerFunction('hash', digest, '<ss:s>');
  expression.registerFunction('uuid', () => randomUUID(), '<:s>');
  compiled.set(source, expression);
  return expression;
}

async function answerTo({ expression, bindings }) {
  let value;
  try {
    value = await compile(expression).evaluate(undefined, bindings);
  } catch ({ code, message }) {
    return { problem: `threw an error during evaluation. ${code}: ${message}` };
  }
  if (value === undefined) return { problem: 'returned nothing (undefined).' };
  if (typeof value === 'function' || value?._jsonata_lambda || value?._jsonata_function)
    return { problem: 'returned an unsupported result type.' };
  return { value };
}

for await (const line of createInterface({ input: process.stdin }))
  process.stdout.write(`${JSON.stringify(await answerTo(JSON.parse(line)))}\n`);

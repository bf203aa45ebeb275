// Runs one inline function of a stack as Lambda would: stdin has its code and event, the environment its credentials.
// Its SDK is the real one, pointed at moto by AWS_ENDPOINT_URL.
const { createRequire } = require('node:module');
const { text } = require('node:stream/consumers');
const { namedEndpoint, toOneHost } = require('./one-host.cjs');

const sdk = createRequire(`${process.cwd()}/package.json`);

const url = process.env.AWS_ENDPOINT_URL;

function requireSdk(name) {
  const module = sdk(name);
  if (name !== '@aws-sdk/client-s3-control') return module;
  class S3ControlClient extends module.S3ControlClient {
    constructor(config) {
      super({ ...config, endpoint: namedEndpoint(url) });
      toOneHost(this, url);
    }
  }
  return { ...module, S3ControlClient };
}

/** On AWS the response URL is signed; moto looks for account and Region in headers. */
const plainFetch = globalThis.fetch;
const place = {
  'x-moto-account-id': process.env.ACCOUNT_ID,
  'user-agent': `region/${process.env.AWS_REGION}`,
};
globalThis.fetch = (url, options) => plainFetch(url, { ...options, headers: { ...options?.headers, ...place } });

async function main() {
  const { code, event, handler, timeoutSeconds } = JSON.parse(await text(process.stdin));
  const module = { exports: {} };
  new Function('exports', 'require', 'module', code)(module.exports, requireSdk, module);
  const endMs = Date.now() + timeoutSeconds * 1000;
  const context = { getRemainingTimeInMillis: () => Math.max(0, endMs - Date.now()) };
  await module.exports[handler.split('.').pop()](event, context);
}

main().then(
  // A pending timer does not keep Lambda either.
  () => process.exit(0),
  (error) => {
    console.error(error);
    process.exit(1);
  },
);

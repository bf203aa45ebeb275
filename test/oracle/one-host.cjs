/**
 * S3 Control puts the account before the host's name, which no address of this machine has.
 * Sends what the client makes to the one host that there is.
 */
exports.toOneHost = (client, url) => {
  const { hostname } = new URL(url);
  const middleware = (next) => (args) => {
    args.request.hostname = hostname;
    return next(args);
  };
  client.middlewareStack.add(middleware, { step: 'build', name: 'toOneHost', priority: 'low' });
  return client;
};

/** An endpoint whose host may have something before it. */
exports.namedEndpoint = (url) => url.replace('127.0.0.1', 'localhost');

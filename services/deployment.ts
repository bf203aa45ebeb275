/**
 * What a deployment on real AWS has to say in its environment. Locally all of it has defaults; there, none of these may
 * be guessed, and a bad start lists everything that is wrong at once. Pure.
 */
export const ROLES = ['all', 'api', 'worker', 'migrate'] as const;

/**
 * What a process does: `api` answers people, `worker` does what comes by itself, `migrate` brings the schema up to date
 * and ends. `all` is the three in one.
 */
export type ProcessRole = (typeof ROLES)[number];

/** @property present the variables that are set, by name */
export type Given = { present: Readonly<Record<string, string | undefined>>; role: ProcessRole };

const ALWAYS = [
  'DATABASE_URL',
  'AWS_REGION',
  'JETWAY_MANAGEMENT_ACCOUNT_ID',
  'JETWAY_AUDIT_ACCOUNT_ID',
  'JETWAY_LOG_ARCHIVE_ACCOUNT_ID',
  'JETWAY_ROOT_SECRET',
  'JETWAY_APPROVALS_KEY',
  'JETWAY_PUBLIC_URL',
  'JETWAY_OIDC_ISSUER',
  'JETWAY_OIDC_AUDIENCE',
  'JETWAY_OIDC_CLIENT_ID',
  'JETWAY_PLATFORM_EMAIL',
  'JETWAY_CIDR_POOL',
  'JETWAY_CHECKPOINTS',
] as const;

/** Bringing the schema up to date needs the database alone. */
const TO_MIGRATE = ['DATABASE_URL', 'AWS_REGION'] as const;

/** Accounts of the example landing zone, which are nobody's. */
const EXAMPLES = new Set(['111122223333', '222233334444', '333344445555']);

/** What is wrong with the environment of a process on real AWS: one line each, none when it is whole. */
export function deploymentProblems({ present, role }: Given): string[] {
  const needed = role === 'migrate' ? TO_MIGRATE : ALWAYS;
  const missing = needed
    .filter((name) => present[name] === undefined)
    .map((name) => `${name}: has to be set on real AWS`);
  return [...missing, ...databaseProblems(present), ...placeProblems(present), ...exampleProblems(present)];
}

/** A password travels, and who answers is not known without the certificate. */
function databaseProblems({
  DATABASE_URL: text,
  JETWAY_DATABASE_SECRET: secret,
}: Given['present']): string[] {
  if (text === undefined || !URL.canParse(text)) return [];
  const url = new URL(text);
  const problems: string[] = [];
  if (!isLoopback(url.hostname) && url.searchParams.get('sslmode') !== 'verify-full')
    problems.push('DATABASE_URL: needs sslmode=verify-full, except for a database on this machine');
  if (secret !== undefined && url.password !== '')
    problems.push('DATABASE_URL: has a password; JETWAY_DATABASE_SECRET says where the password is');
  return problems;
}

/** Settings that belong to the embedded AWS, or send calls of the real one somewhere else. */
function placeProblems(present: Given['present']): string[] {
  const { AWS_ENDPOINT_URL: endpoint, TIME_SCALE: scale } = present;
  return [
    ...(endpoint !== undefined && URL.canParse(endpoint) && !isLoopback(new URL(endpoint).hostname)
      ? ['AWS_ENDPOINT_URL: leads elsewhere than to AWS; leave it out']
      : []),
    ...(scale !== undefined && scale !== '1' ? ['TIME_SCALE: time is real on real AWS; leave it out'] : []),
  ];
}

const exampleProblems = (present: Given['present']): string[] =>
  Object.entries(present).flatMap(([name, value]) =>
    /^JETWAY_(MANAGEMENT|AUDIT|LOG_ARCHIVE)_ACCOUNT_ID$/.test(name) && EXAMPLES.has(value ?? '')
      ? // A double on this machine plays the example landing zone.
        present.AWS_ENDPOINT_URL === undefined
        ? [`${name}: ${value} is an account of the example landing zone`]
        : []
      : [],
  );

const isLoopback = (host: string): boolean => ['127.0.0.1', 'localhost', '[::1]'].includes(host);

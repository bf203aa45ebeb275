import { z } from 'zod';
import { ASYMMETRIC_ALGORITHMS, isSafe, type OidcConfig } from './access/oidc-config.ts';
import { deploymentProblems, type ProcessRole, ROLES } from './deployment.ts';
import type { RateLimits } from './http/limits.ts';
import { MirrorHub, TARGET_TYPES, ZoneTargets } from './mirroring/hub.ts';
import { type AllowedHosts, isAllowedHostEntry } from './webhooks/target.ts';

const BUCKET = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*))?$/;

/** The only reader of the environment. A bad start lists every bad key at once. */
const Env = z.object({
  PORT: z.coerce.number().int().min(0).max(65_535).default(8080),
  DATA_DIR: z.string().min(1).default('.data'),
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }).optional(),
  AWS_ENDPOINT_URL: z.url({ protocol: /^https?$/ }).optional(),
  JETWAY_AWS: z.enum(['local', 'real']).optional(),
  JETWAY_ROLE: z.enum(ROLES).default('all'),
  /** Every key of the service is derived from it; without one an installation makes its own in the data folder. */
  JETWAY_ROOT_SECRET: z.string().min(32).optional(),
  /** ARN of the secret that has the database's password. */
  JETWAY_DATABASE_SECRET: z
    .string()
    .regex(/^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:.+$/, 'is not the ARN of a secret')
    .optional(),
  AWS_REGION: z
    .string()
    .regex(/^[a-z]{2}(-[a-z]+)+-\d$/)
    .default('us-east-1'),
  /** Of the embedded AWS, when it makes its landing zone; AWS_REGION is for real AWS. */
  JETWAY_LOCAL_HOME_REGION: z
    .string()
    .regex(/^[a-z]{2}(-[a-z]+)+-\d$/)
    .optional(),
  TIME_SCALE: z.coerce.number().min(0).max(100_000).default(60),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info'),
  JETWAY_MANAGEMENT_ACCOUNT_ID: z
    .string()
    .regex(/^\d{12}$/)
    .default('111122223333'),
  JETWAY_AUDIT_ACCOUNT_ID: z
    .string()
    .regex(/^\d{12}$/)
    .default('333344445555'),
  JETWAY_LOG_ARCHIVE_ACCOUNT_ID: z
    .string()
    .regex(/^\d{12}$/)
    .default('222233334444'),
  JETWAY_CIDR_POOL: z.cidrv4().default('10.0.0.0/8'),
  JETWAY_PLATFORM_EMAIL: z.email().default('aws+jetway-platform@example.com'),
  JETWAY_SLACK_BOT_TOKEN: z.string().min(24).optional(),
  JETWAY_SLACK_SIGNING_SECRET: z.string().min(24).optional(),
  JETWAY_SLACK_SIGNING_SECRET_OLD: z.string().min(24).optional(),
  JETWAY_SLACK_API_URL: z.url({ protocol: /^https?$/ }).optional(),
  /** ARNs of KMS keys that sign decisions: the first signs, those before it stay valid. */
  JETWAY_APPROVALS_KEY: z
    .string()
    .transform((text) => text.split(/[\s,]+/).filter(Boolean))
    .pipe(
      z
        .array(
          z
            .string()
            .regex(
              /^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key\/[A-Za-z0-9-]+$/,
              'is not the ARN of a KMS key (arn:aws:kms:<region>:<account>:key/<id>)',
            ),
        )
        .max(10),
    )
    .optional(),
  JETWAY_APPROVAL_DAYS: z.coerce.number().int().min(1).max(30).default(7),
  JETWAY_STANDING_DAYS: z.coerce.number().int().min(1).max(90).default(30),
  JETWAY_DRIFT_HOURS: z.coerce.number().int().min(1).max(720).default(24),
  /** The mirror target of the hub, and the block of its VPC; `in-vpc` where the target lies in each account's own VPC. */
  JETWAY_MIRROR_TARGET: MirrorHub.shape.targetId.optional(),
  JETWAY_MIRROR_HUB_CIDR: z.union([z.literal('in-vpc'), z.cidrv4()]).optional(),
  JETWAY_MIRROR_TARGET_TYPE: z.enum(TARGET_TYPES).optional(),
  /** Targets of zones, as in `use1-az1=tmt-…,use1-az2=tmt-…`. */
  JETWAY_MIRROR_ZONES: z
    .string()
    .transform((text) =>
      Object.fromEntries(
        text
          .split(/[\s,]+/)
          .filter(Boolean)
          .map((pair) => {
            const [zone = '', targetId = ''] = pair.split('=');
            return [zone, targetId];
          }),
      ),
    )
    .pipe(ZoneTargets)
    .optional(),
  JETWAY_MIRROR_APPLIANCE_TYPE: MirrorHub.shape.applianceType,
  JETWAY_MIRROR_MINUTES: z.coerce.number().int().min(1).max(10_080).default(60),
  JETWAY_CALLS_PER_MINUTE: z.coerce.number().int().min(1).max(1_000_000).default(600),
  JETWAY_TEAM_WRITES_PER_MINUTE: z.coerce.number().int().min(1).max(1_000_000).default(1_200),
  JETWAY_PUBLIC_URL: z
    .url({ protocol: /^https?$/ })
    .refine((url) => new URL(url).pathname === '/', 'is an address without a path')
    .optional(),
  JETWAY_OIDC_ISSUER: z.url({ protocol: /^https?$/ }).optional(),
  JETWAY_OIDC_AUDIENCE: z.string().min(1).optional(),
  JETWAY_OIDC_CLIENT_ID: z.string().min(1).optional(),
  JETWAY_OIDC_CLIENT_SECRET: z.string().min(1).optional(),
  JETWAY_OIDC_SCOPES: z
    .string()
    .regex(/(^| )openid( |$)/, 'has to name openid')
    .default('openid profile email'),
  JETWAY_OIDC_CLI_CLIENT_ID: z.string().min(1).optional(),
  JETWAY_OIDC_CLI_SCOPES: z.string().min(1).default('openid offline_access'),
  JETWAY_OIDC_ALGORITHMS: z
    .string()
    .transform((text) => text.split(',').map((name) => name.trim()))
    .pipe(z.array(z.enum(ASYMMETRIC_ALGORITHMS)).min(1))
    .default(['RS256', 'ES256']),
  JETWAY_OIDC_SUBJECT_CLAIM: z.string().min(1).default('sub'),
  JETWAY_OIDC_TEAMS_CLAIM: z.string().min(1).default('teams'),
  JETWAY_OIDC_ROLES_CLAIM: z.string().min(1).default('roles'),
  JETWAY_WEBHOOK_HOSTS: z
    .string()
    .default('')
    .transform((text) => text.split(',').flatMap((entry) => entry.trim().toLowerCase() || []))
    .refine(
      (entries) => entries.every(isAllowedHostEntry),
      'is a list of host names, as in "hooks.example.com,*.logic.azure.com": no addresses, no URLs',
    ),
  /** Where old months of the ledger go: a folder, or s3://bucket/prefix. */
  JETWAY_ARCHIVE: z
    .string()
    .min(1)
    .refine((text) => !text.includes('://') || BUCKET.test(text), 'is a folder, or s3://bucket/prefix')
    .optional(),
  /** Where checkpoints of the ledger go: a folder, or s3://bucket/prefix, best under S3 Object Lock. */
  JETWAY_CHECKPOINTS: z
    .string()
    .min(1)
    .refine((text) => !text.includes('://') || BUCKET.test(text), 'is a folder, or s3://bucket/prefix')
    .optional(),
  /** Of a collector that takes OTLP over HTTP. */
  OTEL_EXPORTER_OTLP_ENDPOINT: z.url({ protocol: /^https?$/ }).optional(),
  JETWAY_TRACE_RATIO: z.coerce.number().min(0).max(1).default(1),
  /** Bearer token of whoever collects metrics. */
  JETWAY_METRICS_TOKEN: z.string().min(24).optional(),
  JETWAY_RECONCILE_MINUTES: z.coerce.number().int().min(1).max(1_440).default(10),
});

/** A folder of this machine, or a part of a bucket. */
type Place = { folder: string } | { bucket: string; prefix: string };

export type Config = {
  port: number;
  dataDir: string;
  /** null: the embedded database under the data folder */
  databaseUrl: string | null;
  /** null: the password is in the URL */
  databaseSecretArn: string | null;
  /** Real AWS, with credentials of this process; else an endpoint or the embedded one. */
  realAws: boolean;
  role: ProcessRole;
  /** Where it listens: on this machine alone, or for a load balancer. */
  host: '127.0.0.1' | '0.0.0.0';
  /** null: a secret of this installation, in the data folder */
  rootSecret: string | null;
  /** null: the embedded AWS in this process, or real AWS */
  awsEndpointUrl: string | null;
  region: string;
  /** Of the embedded AWS, when it makes its landing zone; null: that of the example */
  localHomeRegion: string | null;
  managementAccountId: string;
  auditAccountId: string;
  logArchiveAccountId: string;
  timeScale: number;
  logLevel: z.infer<typeof Env>['LOG_LEVEL'];
  /** Where people find this service: the address of links in messages; null: where it listens. */
  publicUrl: string | null;
  /** Null: not connected to Slack. */
  slack: {
    botToken: string;
    /** The current one first, then the one before while both are good. */
    signingSecrets: readonly string[];
    /** null: Slack's own */
    apiUrl: string | null;
  } | null;
  cidrPool: string;
  platformEmail: string;
  approvalExpiresAfterSeconds: number;
  /** How long what a token said is believed of somebody who decides in a chat. */
  standingDays: number;
  /** null: the local sign-in, where anybody on this machine may be anybody */
  oidc: OidcConfig | null;
  limits: RateLimits;
  /** ARNs of KMS keys; none: a key of this installation. */
  approvalsKeys: readonly string[];
  reconcileEveryMs: number;
  /** Of old months of the ledger. */
  archive: Place;
  /** Of checkpoints of the ledger. */
  checkpoints: Place;
  /** How old the last look for drift at an account may become. */
  driftAfterMs: number;
  /** null: nobody traces */
  tracing: { endpoint: string; ratio: number } | null;
  /** Opens /metrics and nothing else; null: operators and auditors alone read it. */
  metricsToken: string | null;
  /** Null: there is no hub, and profiles are refused. */
  mirrorHub: MirrorHub | null;
  /** How old the last look at the mirror sessions of an account may become. */
  mirrorAfterMs: number;
  /** Where webhooks may be sent; empty: nowhere. */
  webhookHosts: AllowedHosts;
};

export class BadConfig extends Error {
  override readonly name = 'BadConfig';
}

/** @throws BadConfig with one line for each bad key */
export function readConfig(env: Record<string, string | undefined> = process.env): Config {
  // An empty variable is how shells and compose files say "not set".
  const present = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value !== ''),
  );
  const parsed = Env.safeParse(present);
  if (!parsed.success) {
    const lines = parsed.error.issues.map((i) => `  ${i.path.join('.')}: ${i.message}`);
    throw new BadConfig(`These settings cannot be used:\n${lines.join('\n')}`);
  }
  const e = parsed.data;
  const realAws = e.JETWAY_AWS === 'real';
  refuseUnfit(e, realAws ? deploymentProblems({ present, role: e.JETWAY_ROLE }) : []);
  const oidc = readOidc(e);
  refuseStrangers(e, oidc);
  return {
    realAws,
    role: e.JETWAY_ROLE,
    host: realAws ? '0.0.0.0' : '127.0.0.1',
    rootSecret: e.JETWAY_ROOT_SECRET ?? null,
    databaseSecretArn: e.JETWAY_DATABASE_SECRET ?? null,
    port: e.PORT,
    dataDir: e.DATA_DIR,
    databaseUrl: e.DATABASE_URL ?? null,
    awsEndpointUrl: e.AWS_ENDPOINT_URL ?? null,
    region: e.AWS_REGION,
    localHomeRegion: e.JETWAY_LOCAL_HOME_REGION ?? null,
    managementAccountId: e.JETWAY_MANAGEMENT_ACCOUNT_ID,
    auditAccountId: e.JETWAY_AUDIT_ACCOUNT_ID,
    logArchiveAccountId: e.JETWAY_LOG_ARCHIVE_ACCOUNT_ID,
    timeScale: realAws ? 1 : e.TIME_SCALE,
    logLevel: e.LOG_LEVEL,
    slack: slackOf(e),
    cidrPool: e.JETWAY_CIDR_POOL,
    platformEmail: e.JETWAY_PLATFORM_EMAIL,
    approvalExpiresAfterSeconds: e.JETWAY_APPROVAL_DAYS * 86_400,
    standingDays: e.JETWAY_STANDING_DAYS,
    publicUrl: e.JETWAY_PUBLIC_URL === undefined ? null : new URL(e.JETWAY_PUBLIC_URL).origin,
    oidc,
    limits: {
      callsPerMinute: e.JETWAY_CALLS_PER_MINUTE,
      teamWritesPerMinute: e.JETWAY_TEAM_WRITES_PER_MINUTE,
    },
    approvalsKeys: e.JETWAY_APPROVALS_KEY ?? [],
    driftAfterMs: e.JETWAY_DRIFT_HOURS * 3_600_000,
    mirrorHub: mirrorHubOf(e, realAws),
    mirrorAfterMs: e.JETWAY_MIRROR_MINUTES * 60_000,
    reconcileEveryMs: e.JETWAY_RECONCILE_MINUTES * 60_000,
    archive: placeOf(e.JETWAY_ARCHIVE, `${e.DATA_DIR}/archive`),
    checkpoints: placeOf(e.JETWAY_CHECKPOINTS, e.DATA_DIR),
    tracing:
      e.OTEL_EXPORTER_OTLP_ENDPOINT === undefined
        ? null
        : { endpoint: e.OTEL_EXPORTER_OTLP_ENDPOINT, ratio: e.JETWAY_TRACE_RATIO },
    metricsToken: e.JETWAY_METRICS_TOKEN ?? null,
    webhookHosts: e.JETWAY_WEBHOOK_HOSTS,
  };
}

function placeOf(place: string | undefined, folder: string): Place {
  const [, bucket, prefix] = BUCKET.exec(place ?? '') ?? [];
  if (bucket === undefined) return { folder: place ?? folder };
  return { bucket, prefix: prefix ? `${prefix.replace(/\/+$/, '')}/` : '' };
}

/** The hub of the example landing zone, unless there is another AWS. */
const EXAMPLE_HUB: MirrorHub = { targetId: 'tmt-0123456789abcdef0', cidr: null };

/** @throws BadConfig where nobody said whether route tables have to lead to the hub */
function mirrorHubOf(e: z.infer<typeof Env>, realAws: boolean): MirrorHub | null {
  const { JETWAY_MIRROR_TARGET: targetId, JETWAY_MIRROR_HUB_CIDR: cidr } = e;
  const more = [e.JETWAY_MIRROR_TARGET_TYPE, e.JETWAY_MIRROR_ZONES, e.JETWAY_MIRROR_APPLIANCE_TYPE];
  if (targetId === undefined && realAws && [cidr, ...more].some((one) => one !== undefined))
    throw new BadConfig(
      'JETWAY_MIRROR_HUB_CIDR and what else says how the hub is go with JETWAY_MIRROR_TARGET.',
    );
  if (targetId !== undefined && cidr === undefined && realAws)
    throw new BadConfig(
      'JETWAY_MIRROR_TARGET needs JETWAY_MIRROR_HUB_CIDR: the block that route tables have to lead to, or in-vpc.',
    );
  if (targetId === undefined && realAws) return null;
  const block = cidr === undefined || cidr === 'in-vpc' ? null : cidr;
  return { targetId: targetId ?? EXAMPLE_HUB.targetId, cidr: block, ...kindOfHub(e) };
}

/** @throws BadConfig for what fits no target of that type */
function kindOfHub(e: z.infer<typeof Env>): Pick<MirrorHub, 'type' | 'zones' | 'applianceType'> {
  const { JETWAY_MIRROR_TARGET_TYPE: type, JETWAY_MIRROR_ZONES: zones } = e;
  const { JETWAY_MIRROR_APPLIANCE_TYPE: applianceType } = e;
  if (applianceType !== undefined && type !== 'network-interface')
    throw new BadConfig(
      'JETWAY_MIRROR_APPLIANCE_TYPE goes with JETWAY_MIRROR_TARGET_TYPE=network-interface.',
    );
  return {
    ...(type === undefined ? {} : { type }),
    ...(zones === undefined ? {} : { zones }),
    ...(applianceType === undefined ? {} : { applianceType }),
  };
}

/** Both or neither; without the secret nobody's click could be believed. @throws BadConfig */
function slackOf(e: z.infer<typeof Env>): Config['slack'] {
  const { JETWAY_SLACK_BOT_TOKEN: botToken, JETWAY_SLACK_SIGNING_SECRET: secret } = e;
  const apiUrl = e.JETWAY_SLACK_API_URL ?? null;
  if (apiUrl !== null && !isLoopback(new URL(apiUrl).hostname))
    throw new BadConfig(
      'JETWAY_SLACK_API_URL is for a double of Slack on this machine; leave it out for Slack itself.',
    );
  if (botToken === undefined && secret === undefined) return null;
  if (botToken === undefined || secret === undefined)
    throw new BadConfig('JETWAY_SLACK_BOT_TOKEN and JETWAY_SLACK_SIGNING_SECRET go together.');
  const old = e.JETWAY_SLACK_SIGNING_SECRET_OLD;
  return { botToken, signingSecrets: [secret, ...(old === undefined ? [] : [old])], apiUrl };
}

type Read = z.infer<typeof Env>;

/** All of it or nothing: half a provider would leave the local sign-in open behind it. @throws BadConfig */
function readOidc(e: Read): OidcConfig | null {
  const { JETWAY_OIDC_ISSUER: issuer, JETWAY_OIDC_AUDIENCE: audience, JETWAY_OIDC_CLIENT_ID: clientId } = e;
  const cli = e.JETWAY_OIDC_CLI_CLIENT_ID;
  if (issuer === undefined && audience === undefined && clientId === undefined) return null;
  const missing = [
    'JETWAY_OIDC_ISSUER',
    'JETWAY_OIDC_AUDIENCE',
    'JETWAY_OIDC_CLIENT_ID',
    'JETWAY_PUBLIC_URL',
  ].filter((name) => e[name as keyof Read] === undefined);
  if (missing.length > 0 || !issuer || !audience || !clientId)
    throw new BadConfig(`Signing in by OIDC needs these settings too: ${missing.join(', ')}.`);
  if (!isSafe(new URL(issuer))) throw new BadConfig('JETWAY_OIDC_ISSUER has to be an https address.');
  const publicUrl = new URL(e.JETWAY_PUBLIC_URL ?? '');
  if (!isSafe(publicUrl))
    throw new BadConfig('JETWAY_PUBLIC_URL has to be an https address, except on this machine.');
  return {
    issuer,
    audience,
    clientId,
    clientSecret: e.JETWAY_OIDC_CLIENT_SECRET ?? null,
    scopes: e.JETWAY_OIDC_SCOPES,
    ...(cli === undefined ? {} : { cli: { clientId: cli, scopes: e.JETWAY_OIDC_CLI_SCOPES } }),
    algorithms: e.JETWAY_OIDC_ALGORITHMS,
    claims: {
      subject: e.JETWAY_OIDC_SUBJECT_CLAIM,
      teams: e.JETWAY_OIDC_TEAMS_CLAIM,
      roles: e.JETWAY_OIDC_ROLES_CLAIM,
    },
  };
}

/** @param problems of the environment, when it is a deployment's. @throws BadConfig with one line for each */
function refuseUnfit(e: Read, problems: readonly string[]): void {
  const divided =
    e.JETWAY_ROLE !== 'all' && e.DATABASE_URL === undefined && e.JETWAY_AWS !== 'real'
      ? ['JETWAY_ROLE: processes share a database of their own; set DATABASE_URL']
      : [];
  const all = [...problems, ...divided];
  if (all.length === 0) return;
  throw new BadConfig(`These settings cannot be used:\n${all.map((line) => `  ${line}`).join('\n')}`);
}

/** @throws BadConfig for what must not be reached by somebody whom nobody has vouched for */
function refuseStrangers(e: Read, oidc: OidcConfig | null): void {
  if (oidc) return;
  if (e.AWS_ENDPOINT_URL !== undefined && !isLoopback(new URL(e.AWS_ENDPOINT_URL).hostname)) {
    throw new BadConfig(
      'AWS_ENDPOINT_URL leads to another machine. The local sign-in lets anybody be anybody, so without an identity ' +
        'provider (JETWAY_OIDC_ISSUER) only an AWS double on this machine will do (127.0.0.1, localhost or [::1]).',
    );
  }
  if (e.JETWAY_PUBLIC_URL !== undefined && !isLoopback(new URL(e.JETWAY_PUBLIC_URL).hostname)) {
    throw new BadConfig(
      'JETWAY_PUBLIC_URL leads to this service from other machines. The local sign-in lets anybody be anybody, so that ' +
        'needs an identity provider (JETWAY_OIDC_ISSUER).',
    );
  }
}

const isLoopback = (host: string): boolean => ['127.0.0.1', 'localhost', '[::1]'].includes(host);

/** This process's environment with some settings changed, for a child that is our own service. */
export const childEnvironment = (settings: Record<string, string>): Record<string, string | undefined> => ({
  ...process.env,
  ...settings,
});

/** The pinned SDK works on every Node that we support; its notice about later releases is ours to read, not the user's. */
export function silenceSdkNotice(): void {
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';
}

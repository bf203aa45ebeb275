import type { Blueprint } from '../../workflows/blueprints/blueprint.ts';
import type { ShippedPermissionSet } from '../../workflows/blueprints/permission-sets.ts';
import type { Catalogue } from '../guardrails/catalogue.ts';
import type { AccountCall } from '../guardrails/lockout.ts';
import type { StackTemplate } from '../guardrails/stack-template.ts';
import type { MirrorCatalogue } from '../mirroring/catalogue.ts';
import type { MirrorHub } from '../mirroring/hub.ts';
import type { OrganizationSnapshot } from '../reconciliation/snapshot.schema.ts';
import type { Settings } from '../settings/settings.schema.ts';
import type { Span } from './cidr.ts';
import type { Recall } from './recall.ts';

/** Everything planning knows besides the request; read beforehand, so that planning itself is a pure function. */
export type PlanningContext = {
  requestId: string;
  now: string;
  snapshot: OrganizationSnapshot;
  catalogue: Catalogue;
  blueprints: ReadonlyMap<string, Blueprint>;
  /** Permission sets that Jetway makes where they are missing, by name. */
  permissionSets: ReadonlyMap<string, ShippedPermissionSet>;
  mirroring: MirrorCatalogue;
  templateDigests: ReadonlyMap<string, string>;
  /** Blocks that other requests and accounts hold. */
  takenBlocks: readonly string[];
  /** The same as spans of addresses in order, besides `takenBlocks`: thousands of blocks are a few of them. */
  takenSpans?: readonly Span[];
  /** Who uses the e-mail or the name already, if anybody. */
  emailTakenBy: string | undefined;
  nameTakenBy: string | undefined;
  /** Accounts in the organization plus vends under way. */
  accountsUsed: number;
  /** What the workflows call in an account by themselves: its guardrails must not deny any of it. */
  callsAfterGuardrails: readonly AccountCall[];
  /** Published templates by their digest: what CloudFormation will call. */
  stackTemplates: ReadonlyMap<string, StackTemplate>;
  /** Interfaces that send to targets of the hub already, of every account; where it has a limit. */
  mirrorSources?: number | undefined;
  settings: PlanningSettings;
  /** Who has to say yes to what: the approval policies in force. */
  policies: Settings['policies'];
  /** Saves work, and changes nothing. */
  recall?: Recall;
};

export type PlanningSettings = {
  /** In the order in which networks are taken from them. */
  cidrPools: readonly string[];
  /** Of the landing zone; absent: those that the example has. */
  unitsWithoutAccounts?: readonly string[];
  platformEmail: string;
  /** What somebody approved to be the account quota, for an organization whose Region does not tell it. */
  accountQuota?: number;
  templateBaseUrl: string;
  approvalExpiresAfterSeconds: number;
  /** Median and ninetieth percentile of finished vends, in seconds. */
  eta: { p50Seconds: number; p90Seconds: number };
  auditAccountId: string;
  logArchiveAccountId: string;
  /** Where copies of packets go; null: there is no hub, and profiles are refused. */
  mirrorHub: MirrorHub | null;
};

/** Notes one thing that stands in the way, at its JSON pointer. */
export type Refuse = (pointer: string, message: string) => void;

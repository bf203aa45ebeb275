import { caught } from '../asl/catch.ts';
import { choice, when } from '../asl/choice.ts';
import type { States } from '../asl/definition.ts';
import { expr } from '../asl/expression.ts';
import { fail } from '../asl/fail.ts';
import { firstPage, morePages, pageOf, turnPage } from '../asl/page.ts';
import { pass } from '../asl/pass.ts';
import { whilePassing } from '../asl/retry.ts';
import { sdk } from '../asl/sdk.ts';
import { aliases } from '../control-tower.ts';

/** Control Tower makes the VPC of Account Factory's network settings with it, one instance for each account and Region. */
const FACTORY_VPC = 'AWSControlTowerBP-VPC-ACCOUNT-FACTORY-V1';

/** What the run knows, in variables. Every one is set here, so that no path can meet an unknown one. */
const start: States = {
  'Read the input': pass({
    assign: {
      region: expr("$split($states.context.StateMachine.Id, ':')[3]"),
      mode: expr('$states.input.mode'),
      watch: expr('$states.input.watch'),
      steps: expr('[$states.input.steps]'),
      networkOffSinceMs: expr('$states.input.networkOffSinceMs'),
      at: 0,
      looks: 0,
      trusted: [],
      factoryVpcs: [],
      accounts: [],
      found: [],
      registrations: [],
      identityBaseline: expr("''"),
      units: [],
      policies: [],
      rootPolicies: [],
      controlArns: [],
      sets: [],
      why: expr("''"),
      ...firstPage('page'),
    },
    next: 'Read the organization',
  }),
};

const landingZone: States = {
  'Read the organization': sdk('organizations:describeOrganization', {
    retry: whilePassing('organizations'),
    assign: { organization: expr('$states.result.Organization') },
    next: 'Read the root',
  }),
  'Read the root': sdk('organizations:listRoots', {
    retry: whilePassing('organizations'),
    assign: {
      root: expr(
        "$states.result.Roots[0].{'id': Id, 'arn': Arn, 'name': Name, 'parentId': null, 'path': ''}",
      ),
    },
    next: 'Look for the landing zone',
  }),
  'Look for the landing zone': sdk('controltower:listLandingZones', {
    retry: whilePassing('controltower'),
    assign: {
      landingZoneArn: expr(
        "$exists($states.result.LandingZones[0]) ? $states.result.LandingZones[0].Arn : ''",
      ),
    },
    next: 'Is there a landing zone?',
  }),
  'Is there a landing zone?': choice({
    rules: [when("$landingZoneArn != ''", 'Read the landing zone')],
    otherwise: 'There is no landing zone',
  }),
  'There is no landing zone': fail(
    'NoLandingZone',
    "'Control Tower has no landing zone in ' & $region & '. Set it up in the console (AWS Control Tower, Set up landing zone), or name its home Region in the file.'",
  ),
  'Read the landing zone': sdk('controltower:getLandingZone', {
    arguments: { LandingZoneIdentifier: expr('$landingZoneArn') },
    retry: whilePassing('controltower'),
    assign: {
      landingZone: expr(
        `$states.result.LandingZone.{'arn': $landingZoneArn, 'version': Version, 'status': Status,
          'governedRegions': [Manifest.governedRegions], 'logArchiveAccountId': Manifest.centralizedLogging.accountId,
          'auditAccountId': Manifest.securityRoles.accountId}`,
      ),
    },
    next: 'List the trusted services',
  }),
  'List the trusted services': sdk('organizations:listAWSServiceAccessForOrganization', {
    arguments: pageOf("{'MaxResults': 20}", { variable: 'page' }),
    retry: whilePassing('organizations'),
    assign: {
      trusted: expr('[$append($trusted, $states.result.EnabledServicePrincipals.ServicePrincipal)]'),
      ...turnPage('page'),
    },
    next: 'More trusted services?',
  }),
  'More trusted services?': choice({
    rules: [when(morePages('page'), 'List the trusted services')],
    assign: firstPage('page'),
    otherwise: 'Are newer controls named?',
  }),
};

/** ARNs of the controls of the file that do not go by their name. */
const controls: States = {
  'Are newer controls named?': choice({
    rules: [when('$count($watch.controls) > 0', 'List the catalogue of controls')],
    otherwise: 'List the VPCs of Account Factory',
  }),
  'List the catalogue of controls': sdk('controlcatalog:listControls', {
    arguments: pageOf("{'MaxResults': 100}", { variable: 'page' }),
    retry: whilePassing('controlcatalog'),
    assign: {
      controlArns: expr(`[$append($controlArns, ${aliases('$ in $watch.controls')})]`),
      ...turnPage('page'),
    },
    next: 'More of the catalogue?',
  }),
  'More of the catalogue?': choice({
    rules: [when(morePages('page'), 'List the catalogue of controls')],
    assign: firstPage('page'),
    otherwise: 'List the VPCs of Account Factory',
  }),
};

/** No API tells the network settings of Account Factory. What they have made does. */
const accounts: States = {
  'List the VPCs of Account Factory': sdk('cloudformation:listStackInstances', {
    comment: 'One instance for each account and Region in which Account Factory has made a VPC.',
    arguments: pageOf(`{'StackSetName': '${FACTORY_VPC}', 'MaxResults': 100}`, { variable: 'page' }),
    retry: whilePassing('cloudformation'),
    catch: [caught(['CloudFormation.StackSetNotFoundException'], 'List the accounts', firstPage('page'))],
    assign: {
      factoryVpcs: expr('[$distinct($append($factoryVpcs, $states.result.Summaries.Account))]'),
      ...turnPage('page'),
    },
    next: 'More VPCs of Account Factory?',
  }),
  'More VPCs of Account Factory?': choice({
    rules: [when(morePages('page'), 'List the VPCs of Account Factory')],
    assign: firstPage('page'),
    otherwise: 'List the accounts',
  }),
  'List the accounts': sdk('organizations:listAccounts', {
    arguments: pageOf("{'MaxResults': 20}", { variable: 'page' }),
    retry: whilePassing('organizations'),
    assign: {
      accounts: expr(
        `[$append($accounts, $states.result.Accounts[Id in $watch.accounts or Id in $factoryVpcs].{'id': Id, 'name': Name,
          'email': Email, 'state': State, 'late': Id in $factoryVpcs and $toMillis(JoinedTimestamp) > $networkOffSinceMs})]`,
      ),
      ...turnPage('page'),
    },
    next: 'More accounts?',
  }),
  'More accounts?': choice({
    rules: [when(morePages('page'), 'List the accounts')],
    assign: { queue: expr('[$root]'), ...firstPage('page') },
    otherwise: 'List the baselines',
  }),
};

export const organization: States = { ...start, ...landingZone, ...controls, ...accounts };

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseCatalogue } from '../guardrails/catalogue.ts';
import { BadLandingZone, parseLandingZone } from './read-file.ts';

const catalogue = parseCatalogue(
  JSON.parse(readFileSync(new URL('../../workflows/guardrails/catalogue.json', import.meta.url), 'utf8')),
);
const example = (size: string) =>
  readFileSync(new URL(`../../examples/landing-zone/${size}.yaml`, import.meta.url), 'utf8');
const MEDIUM = example('medium');
const parse = (text: string) => parseLandingZone('zone.yaml', text, { catalogue, today: '2026-03-04' });

/** What is said of the medium example with some words replaced. */
function problemsOf(...words: (readonly [string, string])[]): string[] {
  const text = words.reduce((all, [before, after]) => {
    if (!all.includes(before)) throw new Error(`the example has no ${before}`);
    return all.replace(before, after);
  }, MEDIUM);
  try {
    parse(text);
  } catch (error) {
    if (error instanceof BadLandingZone) return error.message.split('\n').slice(1);
    throw error;
  }
  return [];
}

describe('a landing-zone file', () => {
  it.each(['small', 'medium', 'regulated'])('is accepted: the %s example', (size) => {
    expect(parse(example(size)).file.version).toBe(1);
  });

  it('says two units of the same name under one parent, with the line of the second', () => {
    expect(problemsOf(['- name: Sandbox', '- name: workloads'])).toEqual([
      expect.stringMatching(
        /^ {2}zone\.yaml:32:5: \/organizationalUnits\/3\/name workloads is there twice under the root \(the other is \/organizationalUnits\/2\); give one another name/,
      ),
      expect.stringMatching(/\/approvals\/policies\/1\/when\/units\/0 Sandbox is no unit of this file/),
    ]);
  });

  it('may have units of the same name under different parents', () => {
    expect(problemsOf(['- name: Sandbox', '- name: Sandbox\n    units: [{ name: Prod }]'])).toEqual([]);
  });

  it('says an unknown control, and the one that was meant', () => {
    const [problem] = problemsOf(['AWS-GR_ENCRYPTED_VOLUMES', 'AWS-GR_ENCRYPTED_VOLUME']);
    expect(problem).toMatch(
      /zone\.yaml:19:9: \/organizationalUnits\/2\/controls\/0 AWS-GR_ENCRYPTED_VOLUME is no control of the catalogue;/,
    );
  });

  it('says a mandatory control, and a parameter that is none', () => {
    expect(problemsOf(['AWS-GR_ENCRYPTED_VOLUMES', 'AWS-GR_CLOUDTRAIL_ENABLED'])[0]).toContain(
      'is mandatory: it is always on; take it out',
    );
    expect(problemsOf(['ExemptedPrincipalArns:', 'Exempted:'])[0]).toContain('has no parameter Exempted');
    // Controls that go by an ARN are looked up by the workflow.
    for (const newer of ['CT.MULTISERVICE.PV.1', 'CT.S3.PR.1', 'SH.S3.1'])
      expect(problemsOf(['AWS-GR_ENCRYPTED_VOLUMES', newer])).toEqual([]);
    expect(problemsOf(['AWS-GR_ENCRYPTED_VOLUMES', 'SH.S3.999'])[0]).toContain(
      'is no control of the catalogue',
    );
  });

  it('says a missing audit account, and what to write', () => {
    expect(problemsOf(['  audit: "333344445555"\n', ''])).toEqual([
      expect.stringMatching(
        /zone\.yaml:6:1: \/accounts\/audit is missing: the id of the account that Control Tower made for auditing/,
      ),
    ]);
    expect(problemsOf(['audit: "333344445555"', 'audit: 333344445555'])[0]).toContain(
      'twelve digits, in quotes',
    );
    expect(problemsOf(['audit: "333344445555"', 'audit: "111122223333"'])[0]).toContain(
      'is the management account already',
    );
  });

  it('says pools that overlap, with the one that is in the way', () => {
    expect(problemsOf(['10.128.0.0/10', '10.32.0.0/12'])).toEqual([
      expect.stringMatching(
        /\/networkPools\/1\/cidr 10\.32\.0\.0\/12 overlaps 10\.0\.0\.0\/10 \(pool main\)/,
      ),
    ]);
    expect(problemsOf(['10.128.0.0/10', '10.128/10'])[0]).toContain('is no IPv4 block');
  });

  it('says approval groups that lead back to themselves, and groups that are not there', () => {
    expect(
      problemsOf([
        'platform: { people: [bo@example.com, mia@example.com] }',
        'platform: { groups: [managers] }',
      ]),
    ).toEqual([
      expect.stringMatching(
        /zone\.yaml:73:54: \/approvals\/groups\/managers\/groups\/0 makes a circle: platform → managers → platform; take one of them out/,
      ),
    ]);
    expect(problemsOf(['groups: [platform]', 'groups: [nobody]'])[0]).toContain(
      'nobody is no group of this file',
    );
    expect(problemsOf(['{ group: platform }', '{ group: nobody }'])[0]).toContain(
      'nobody is no group of /approvals/groups',
    );
  });

  it('says what the service would say of its policies, at the place of the file', () => {
    const [problem] = problemsOf([
      '    - name: one-approver\n',
      '    - name: one-approver\n      when: { teams: [a] }\n',
    ]);
    expect(problem).toMatch(/\/approvals\/policies\/3\/when has conditions/);
  });

  it('says words that are no members of it, and all problems at once', () => {
    const problems = problemsOf(
      ['version: 1', 'version: 2\nregion: x'],
      ['noVpcSince: 2026-01-15', 'noVpcSince: soon'],
    );
    expect(problems.map((line) => line.split(' ')[3])).toEqual([
      '/version',
      '/region',
      '/accountFactory/noVpcSince',
    ]);
  });

  it('says where a file is no YAML', () => {
    expect(() => parse('version: [1')).toThrow(/^zone\.yaml:1:\d+: /);
    expect(() => parse('')).toThrow('holds no landing zone');
  });
});

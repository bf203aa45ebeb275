import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { databases, type OpenedDatabase } from '../../test/support/databases.ts';
import { type App, expectProblem, openApp } from '../../test/support/http.ts';
import { person } from '../../test/support/service.ts';

describe.each(databases)('blueprints over HTTP on $name', ({ open }) => {
  let opened: OpenedDatabase;
  let app: App;
  beforeAll(async () => {
    opened = await open();
    app = openApp(opened.database);
  });
  afterAll(() => opened.close());
  const get = (path: string) => app.call('GET', path, { who: person('team', ['requester']) });

  it('are listed with components and the parameters that a request may give', async () => {
    const { status, body } = await get('/v1/blueprints');
    expect(status).toBe(200);
    expect(body.items.map((one: { name: string }) => one.name)).toEqual(['sandbox', 'standard']);
    expect(body.nextCursor).toBeNull();
    const standard = body.items[1];
    expect(standard).toMatchObject({
      title: 'Standard workload account',
      description: expect.stringContaining('VPC'),
      defaults: { vpc: { size: 'small', availabilityZones: 2 } },
    });
    const vpc = standard.components.find((one: { name: string }) => one.name === 'vpc');
    expect(vpc).toMatchObject({ mode: 'deploy', regions: 'home', optional: true, included: true });
    expect(vpc.parameters).toContainEqual({
      name: 'size',
      type: 'string',
      description: expect.any(String),
      required: false,
      enum: ['small', 'medium', 'large'],
      default: 'small',
    });
    expect(vpc.parameters).toContainEqual({
      name: 'availabilityZones',
      type: 'integer',
      description: expect.any(String),
      required: false,
      minimum: 1,
      maximum: 3,
      default: 2,
    });
    const baseline = standard.components.find((one: { name: string }) => one.name === 'security-baseline');
    expect(baseline).toMatchObject({ regions: 'governed', optional: false, included: true });
    const identity = standard.components.find((one: { name: string }) => one.name === 'identity-center');
    expect(identity).toMatchObject({ mode: 'verify', optional: false });
    expect(identity.parameters).toEqual([
      expect.objectContaining({
        name: 'baseline',
        type: 'list',
        required: false,
        default: [{ group: 'security-auditors', permissionSet: 'jetway-ReadOnly' }],
      }),
      {
        name: 'createGroups',
        type: 'boolean',
        description: expect.stringContaining('without members'),
        required: false,
        default: false,
      },
    ]);
  });

  it('are shown one by one, as in the list', async () => {
    const { body: list } = await get('/v1/blueprints');
    for (const one of list.items)
      expect(await get(`/v1/blueprints/${one.name}`)).toMatchObject({ status: 200, body: one });
  });

  it('that nobody made are a 404', async () => {
    expectProblem(await get('/v1/blueprints/none'), 404, 'not-found');
    expectProblem(await get('/v1/blueprints/__proto__'), 404, 'not-found');
    expectProblem(await get(`/v1/blueprints/${'x'.repeat(65)}`), 422);
  });

  it('are in the OpenAPI document by name', async () => {
    const { body } = await app.call('GET', '/openapi.json');
    expect(Object.keys(body.paths)).toEqual(
      expect.arrayContaining(['/v1/blueprints', '/v1/blueprints/{name}']),
    );
    expect(Object.keys(body.components.schemas)).toEqual(
      expect.arrayContaining(['Blueprint', 'BlueprintComponent', 'BlueprintParameter']),
    );
  });
});

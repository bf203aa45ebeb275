import fastify from 'fastify';
import pg from 'pg';

// What a plain service does with the same request: the shape is validated, and one idempotent insert is made durable.
const { url } = JSON.parse(process.argv[2]);
const pool = new pg.Pool({ connectionString: url, max: 10 });
await pool.query(`create table if not exists requests (
  id bigint generated always as identity primary key,
  idempotency_key text not null unique,
  team text not null,
  body jsonb not null,
  created_at timestamptz not null default now())`);

const text = (maxLength, minLength = 1) => ({ type: 'string', minLength, maxLength });
const object = (required, properties) => ({
  type: 'object',
  required,
  additionalProperties: false,
  properties,
});
const body = object(['account', 'team', 'owner', 'justification'], {
  account: object(['name', 'email', 'organizationalUnitId'], {
    name: { ...text(50), pattern: '^[ -;=?-~]+$' },
    email: { ...text(64, 6), format: 'email' },
    organizationalUnitId: { type: 'string', pattern: '^ou-[0-9a-z]{4,32}-[a-z0-9]{8,32}$' },
  }),
  team: { type: 'string', pattern: '^[a-z0-9][a-z0-9-]{0,62}$' },
  owner: object(['email', 'firstName', 'lastName'], {
    email: { ...text(254), format: 'email' },
    firstName: text(64),
    lastName: text(64),
  }),
  justification: text(1_000),
  blueprint: object(['name'], { name: text(64), parameters: { type: 'object' } }),
  guardrails: { type: 'array', maxItems: 100, items: text(128) },
  access: {
    type: 'array',
    maxItems: 50,
    items: object(['group', 'permissionSet'], { group: text(128), permissionSet: text(32) }),
  },
  tags: { type: 'object', additionalProperties: text(256, 0), maxProperties: 40 },
});
const headers = {
  type: 'object',
  required: ['idempotency-key'],
  properties: { 'idempotency-key': text(255) },
};

const app = fastify();
app.post('/v1/account-requests', { schema: { body, headers } }, async (request, reply) => {
  const key = request.headers['idempotency-key'];
  const { rows } = await pool.query({
    name: 'insert',
    text: `insert into requests (idempotency_key, team, body) values ($1, $2, $3)
      on conflict (idempotency_key) do nothing returning id`,
    values: [key, request.body.team, JSON.stringify(request.body)],
  });
  const id =
    rows[0]?.id ?? (await pool.query('select id from requests where idempotency_key = $1', [key])).rows[0].id;
  return reply.code(202).header('location', `/v1/account-requests/${id}`).send({ id, status: 'ACCEPTED' });
});
await app.listen({ port: 0, host: '127.0.0.1' });
process.send({ port: app.server.address().port });

import type { ClientConfig } from 'pg';

/** How a connection is made: the URL itself, or its parts where the password comes from elsewhere. */
export type Connection = ClientConfig & { options?: string };

/**
 * `pg` lets a URL's empty password win over a function, so with one the URL is taken apart here. TLS verifies the server's
 * name by the authorities that Node knows; `NODE_EXTRA_CA_CERTS` adds those of RDS.
 */
export function connectionOf(url: string, password?: () => Promise<string>): Connection {
  const { hostname, port, username, pathname, searchParams } = new URL(url);
  const options = searchParams.get('options');
  if (!password) {
    const plain = new URL(url);
    plain.searchParams.delete('options');
    return { connectionString: plain.href, ...(options === null ? {} : { options }) };
  }
  return {
    host: hostname,
    port: port === '' ? 5432 : Number(port),
    user: decodeURIComponent(username),
    database: decodeURIComponent(pathname.slice(1)),
    password,
    ...(options === null ? {} : { options }),
    ...(searchParams.get('sslmode') === 'verify-full' ? { ssl: { rejectUnauthorized: true } } : {}),
  };
}

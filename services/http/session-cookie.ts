import type { CookieOptions } from 'hono/utils/cookie';

export type SessionCookies = ReturnType<typeof sessionCookies>;

/**
 * Cookies of the dashboard. Over https their names say that no other host and no page without https can have set them.
 * `Lax` lets who follows a link from chat arrive signed in; in local mode there is no such way in.
 */
export function sessionCookies(publicUrl: string | null, mode: 'local' | 'oidc') {
  const secure = publicUrl?.startsWith('https:') ?? false;
  const prefix = secure ? '__Host-' : '';
  const shared = { path: '/', httpOnly: true, secure } as const;
  return {
    session: {
      name: `${prefix}jetway-session`,
      options: {
        ...shared,
        sameSite: mode === 'local' ? 'Strict' : 'Lax',
        maxAge: 43_200,
      } satisfies CookieOptions,
    },
    /** What was begun with the identity provider, until the browser comes back from there. */
    signIn: {
      name: `${prefix}jetway-sign-in`,
      options: { ...shared, sameSite: 'Lax', maxAge: 600 } satisfies CookieOptions,
    },
  };
}

// A service worker for one thing: a page that cannot be reached says so in our words. It keeps nothing else.
const KEPT = 'jetway-offline';

addEventListener('install', (event) => {
  event.waitUntil((async () => {
    const cache = await caches.open(KEPT);
    const page = await fetch('/offline');
    const [, style] = /href="(\/assets\/jetway\.css[^"]*)"/.exec(await page.clone().text()) ?? [];
    for (const old of await cache.keys()) await cache.delete(old);
    await cache.put('/offline', page);
    if (style) await cache.add(style);
    await self.skipWaiting();
  })());
});

const kept = async (address) => (await (await caches.open(KEPT)).match(address)) ?? Response.error();

addEventListener('fetch', (event) => {
  const { request } = event;
  if (request.mode === 'navigate')
    event.respondWith(fetch(request).catch(async () => {
      const page = await kept('/offline');
      return page.type === 'error' ? page : new Response(page.body, { status: 503, headers: page.headers });
    }));
  else if (request.destination === 'style') event.respondWith(fetch(request).catch(() => kept(request.url)));
});

// Enhancement only: every page works without it.
(() => {
  const root = document.documentElement;
  const offline = document.getElementById('offline');
  const say = (words) => {
    if (!offline) return;
    offline.hidden = words === '';
    offline.textContent = words;
  };

  // Slow: a line on top after 400 ms, for links and forms as for htmx.
  let slow;
  const begin = () => {
    clearTimeout(slow);
    slow = setTimeout(() => root.classList.add('slow'), 400);
  };
  const end = () => {
    clearTimeout(slow);
    root.classList.remove('slow');
  };
  addEventListener('beforeunload', begin);
  addEventListener('pageshow', end);
  addEventListener('htmx:before:request', begin);
  addEventListener('htmx:finally:request', end);

  // Offline: say so; what is on the page stays.
  addEventListener('offline', () => say('No connection. What you see is from before; it is brought up to date when you are back.'));
  addEventListener('online', () => say(''));
  addEventListener('htmx:error', () => say('The service did not answer. Nothing was lost; try again.'));
  addEventListener('htmx:after:request', () => { if (navigator.onLine) say(''); });
  if (!navigator.onLine) say('No connection.');

  // Live: news of a request bring its page up to date. The browser goes on at the last event by itself.
  const live = document.querySelector('[data-live]');
  if (live) {
    const source = new EventSource(live.dataset.live);
    let seen = live.dataset.seen;
    source.addEventListener('request', (event) => {
      say('');
      const { status, updatedAt, steps } = JSON.parse(event.data);
      const state = status + updatedAt;
      if (seen !== state) {
        seen = state;
        const part = document.getElementById('live');
        if (part) part.dispatchEvent(new CustomEvent('jetway:news', { bubbles: true }));
        const told = document.getElementById('told');
        const running = steps.find((step) => step.status === 'running');
        if (told) told.textContent = running ? `${status}: ${running.title}` : status;
      }
      if (live.dataset.ends.split(' ').includes(status) || steps.every((step) => step.status === 'succeeded')) source.close();
    });
    source.addEventListener('error', () => {
      if (source.readyState !== EventSource.CLOSED) say('The connection broke; it is taken up again by itself.');
    });
    addEventListener('pagehide', () => source.close());
  }

  // A form is sent once.
  addEventListener('submit', (event) => {
    const form = event.target;
    if (form.dataset.once === undefined || event.defaultPrevented) return;
    setTimeout(() => { for (const button of form.querySelectorAll('button')) button.disabled = true; });
  });
  addEventListener('pageshow', (event) => {
    if (event.persisted) for (const button of document.querySelectorAll('form[data-once] button')) button.disabled = false;
  });
  addEventListener('click', (event) => {
    if (event.target.closest?.('[data-print]')) print();
  });
  for (const button of document.querySelectorAll('[data-print]')) button.hidden = false;
})();

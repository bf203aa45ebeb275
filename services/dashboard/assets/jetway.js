// Enhancement only: every page works without it.
(() => {
  const root = document.documentElement;
  const offline = document.getElementById('offline');
  const say = (words) => {
    if (!offline) return;
    offline.hidden = words === '';
    offline.textContent = words;
  };

  // Slow: a line on top after 400 ms, for links and forms as for htmx; in words after five seconds.
  const main = document.getElementById('main');
  let slow;
  let slower;
  let waiting = false;
  const begin = () => {
    end();
    slow = setTimeout(() => { root.classList.add('slow'); main.setAttribute('aria-busy', 'true'); }, 400);
    slower = setTimeout(() => { waiting = true; say('Still waiting for the service. Nothing is lost.'); }, 5000);
  };
  const end = () => {
    clearTimeout(slow);
    clearTimeout(slower);
    root.classList.remove('slow');
    main.removeAttribute('aria-busy');
    if (waiting) say('');
    waiting = false;
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
  // A page that cannot be reached is one of ours then.
  navigator.serviceWorker?.register(document.body.dataset.offline, { scope: '/' }).catch(() => {});

  // Live: news bring the page up to date. The browser goes on at the last event by itself.
  const live = document.querySelector('[data-live]');
  if (live) {
    const source = new EventSource(live.dataset.live);
    const told = document.getElementById('told');
    const renew = (words) => {
      document.getElementById('live')?.dispatchEvent(new CustomEvent('jetway:news', { bubbles: true }));
      if (told && told.textContent !== words) told.textContent = words;
    };
    let seen = live.dataset.seen;
    // Of one request.
    source.addEventListener('request', (event) => {
      const { status, updatedAt, steps } = JSON.parse(event.data);
      if (seen !== status + updatedAt) {
        seen = status + updatedAt;
        const running = steps.find((step) => step.status === 'running');
        renew(running ? `${status}: ${running.title}` : status);
      }
      if (live.dataset.ends.split(' ').includes(status) || steps.every((step) => step.status === 'succeeded')) source.close();
    });
    // Of all of them.
    source.addEventListener('news', (event) => {
      const { underWay, waiting, stuck } = JSON.parse(event.data);
      renew(`${underWay} under way, ${waiting} await approval, ${stuck} need a person`);
    });
    source.addEventListener('open', () => say(''));
    source.addEventListener('error', () => {
      if (source.readyState !== EventSource.CLOSED) say('The connection broke. What you see is from before; it is taken up again by itself.');
      else if (!leaving) say('This page is no longer kept up to date. Load it again.');
    });
    let leaving = false;
    addEventListener('pagehide', () => { leaving = true; source.close(); });
    addEventListener('pageshow', (event) => { if (event.persisted) location.reload(); });
  }

  // What somebody has opened in a form stays open when the form is brought up to date.
  let opened = [];
  addEventListener('htmx:before:swap', () => {
    opened = [...document.querySelectorAll('form details[id][open]')].map((one) => one.id);
  });
  addEventListener('htmx:after:swap', () => {
    for (const id of opened) document.getElementById(id)?.setAttribute('open', '');
    opened = [];
  });

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

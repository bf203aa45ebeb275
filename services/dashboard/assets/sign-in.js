document.getElementById('sign-in').addEventListener('submit', async (event) => {
  event.preventDefault();
  const form = new FormData(event.target);
  const list = (name) => String(form.get(name)).split(',').map((s) => s.trim()).filter(Boolean);
  const answer = await fetch('/dev/sessions', {
    method: 'POST', headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ subject: form.get('subject'), teams: list('teams'), roles: list('roles') }),
  });
  // Read to its end first: leaving the page would cut the answer off.
  const problem = await answer.json();
  if (answer.ok) { location.href = event.target.dataset.next; return; }
  event.target.querySelector('[role=status]').textContent = problem.detail + ' ' + (problem.errors ?? []).map((e) => e.pointer + ' ' + e.message).join('; ');
});

import { approversOf, naming } from '../../../core/refusal-words.ts';
import type { HeldRequest } from '../../../core/request.ts';
import { safeText } from '../../../core/safe-text.ts';
import type { Answer } from '../faults.ts';
import type { HttpRequest } from '../http-request.ts';
import { repeatableFields } from '../patience.ts';
import { type Html, html } from './html.ts';
import { pageAnswer } from './page.ts';
import { progressOf } from './progress.ts';

const maxShown = 4_000;

/** What is held, who can approve it, and what becomes of it: looks by itself, then asks again. */
export function holdPage(held: HeldRequest, request: HttpRequest): Answer {
  const { id, summary, connection, principal, rules, chains } = held;
  const until = html`<time datetime="${timeOf(held)}">${timeOf(held)}</time>`;
  return pageAnswer({
    status: 202,
    title: 'Waiting for approval',
    headers: [['X-Hoopx-Request', id]],
    body: html`<h1>Waiting for approval</h1>
<p id="waits">This is held until people have approved it. Nothing has been sent to the service.</p>
<pre id="held">${shown(summary)}</pre>
<p class="state" id="state" role="status" data-request="${id}">${progressOf(held).text}</p>
<dl>
<dt>Connection</dt><dd>${shown(connection.name)}</dd>
<dt>Asked by</dt><dd>${shown(principal.name)}</dd>
<dt>Held by</dt><dd>${naming('rule', rules)}</dd>
<dt>Who approves</dt><dd>${chains.map((chain) => html`<div>${shown(approversOf(chain))}</div>`)}</dd>
<dt>Request</dt><dd><code>${id}</code></dd>
<dt>Until</dt><dd>${until}</dd>
</dl>
<div id="then"><p>A reviewer runs <code>hoopx approve ${id}</code>. Once it is approved, this page sends it again:
exactly this request, once.</p>
${askAgain(request)}
<p class="soft">Closing this page leaves the request as it is; asking for the same again leads back
to it. To withdraw it: <code>hoopx requests cancel ${id}</code>.</p></div>`,
    script,
  });
}

/** Works without the script too: while it is held, that leads here again. */
function askAgain(request: HttpRequest): Html {
  if (request.method === 'GET') return html`<p><a class="button" href="">Look again</a></p>`;
  const fields = repeatableFields(request) ?? [];
  const inputs = fields.map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`,
  );
  return html`<form method="post">${inputs}<button>Look again</button></form>`;
}

function timeOf({ expiresAt }: HeldRequest): string {
  return new Date(expiresAt).toISOString();
}

function shown(text: string): string {
  const safe = safeText(text);
  return safe.length > maxShown ? `${safe.slice(0, maxShown)}…` : safe;
}

const script = `(() => {
'use strict';
const state = document.getElementById('state');
const form = document.forms[0];
for (const time of document.querySelectorAll('time')) {
  time.textContent = new Date(time.dateTime).toLocaleString();
}
const say = (text) => { if (state.textContent !== text) state.textContent = text; };
const over = (text) => {
  say(text);
  document.querySelector('h1').textContent = document.title = 'No longer waiting';
  for (const id of ['waits', 'then']) document.getElementById(id).remove();
};
const again = () => {
  if (form === undefined) location.reload();
  else HTMLFormElement.prototype.submit.call(form);
};
const look = async () => {
  let pause = 1500;
  try {
    const path = '/.hoopx/requests/' + encodeURIComponent(state.dataset.request);
    const answer = await fetch(path, { cache: 'no-store', redirect: 'error' });
    const type = answer.headers.get('content-type') || '';
    if (answer.ok && type.startsWith('application/json')) {
      const progress = await answer.json();
      say(progress.text);
      if (progress.next === 'ask') return again();
      if (progress.next === 'stop') return over(progress.text);
    } else if (answer.status === 401) {
      if (form === undefined) return location.reload();
      say('Your login has ended. Log in again in another window; this one then goes on.');
      pause = 5000;
    } else if (answer.status === 404) {
      return over('The gateway knows this request no more.');
    } else {
      say('The gateway does not say how it stands. Trying again.');
      pause = 5000;
    }
  } catch {
    say('The gateway cannot be reached. Trying again.');
    pause = 5000;
  }
  setTimeout(look, pause);
};
setTimeout(look, 1000);
})();`;

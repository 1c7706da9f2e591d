import type { Answer, Problem } from '../faults.ts';
import { type Html, html } from './html.ts';
import { pageAnswer } from './page.ts';

/** A refusal for whoever sits at the browser. */
export function problemPage(problem: Problem): Answer {
  const { status, title, detail, code, rules, requestId, hint } = problem;
  return pageAnswer({
    status,
    title,
    headers: [
      ['X-Hoopx-Refusal', code],
      ...(requestId === null ? [] : [['X-Hoopx-Request', requestId] as const]),
    ],
    body: html`<h1>${title}</h1>
<p class="state">${detail}</p>
<dl>
<dt>Code</dt><dd><code>${code}</code></dd>
${entry(rules.length === 1 ? 'Rule' : 'Rules', rules.join(', '))}
${entry('Request', requestId ?? '')}
</dl>
${hint === '' ? html`` : html`<p>${hint}</p>`}
${code === 'UNMEANT' ? html`<p><a class="button" href="">Ask for approval</a></p>` : html``}`,
  });
}

function entry(name: string, value: string): Html {
  return value === '' ? html`` : html`<dt>${name}</dt><dd>${value}</dd>`;
}

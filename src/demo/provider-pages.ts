import type { DemoAccount } from './provider-accounts.ts';

/** The provider's pages: plain HTML, nothing loaded from elsewhere. */
const style =
  'body{font:16px/1.5 system-ui,sans-serif;max-width:32rem;margin:4rem auto;padding:0 1rem}' +
  'button{font:inherit;padding:.4rem 1rem;margin:.2rem .4rem .2rem 0}' +
  'code{font-size:1.4em;letter-spacing:.1em}dt{color:#555}';

export function page(title: string, body: string): string {
  return `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>${escapeHtml(title)}</title><style>${style}</style></head><body><h1>${escapeHtml(title)}</h1>${body}</body></html>`;
}

/** `form` is the provider's own, without a button. */
export function codeInputPage(form: string, problem: string | null): string {
  const notice = problem === null ? '' : `<p role="alert">${escapeHtml(problem)}</p>`;
  return page(
    'Log in to hoopx',
    `${notice}<p>Enter the code that your terminal shows.</p>${form}
<button type="submit" form="op.deviceInputForm">Continue</button>`,
  );
}

/** Everything that tells one's own login from somebody else's. */
export interface CodeConfirmation {
  readonly form: string;
  readonly client: string;
  readonly userCode: string;
  readonly address: string;
  readonly program: string;
}

export function codeConfirmPage(code: CodeConfirmation): string {
  return page(
    'Is this your login?',
    `
<dl><dt>Code</dt><dd><code>${escapeHtml(code.userCode)}</code></dd>
<dt>Asked by</dt><dd>${escapeHtml(code.client)} at ${escapeHtml(code.address)}</dd>
<dt>Program</dt><dd>${escapeHtml(code.program)}</dd>
<dt>For</dt><dd>acting as you at the gateway</dd></dl>
<p>Continue only if you started it yourself and your terminal shows this code.</p>${code.form}
<button type="submit" form="op.deviceConfirmForm">Continue</button>
<button type="submit" form="op.deviceConfirmForm" name="abort" value="yes">Cancel</button>`,
  );
}

export function accountPage(action: string, accounts: readonly DemoAccount[]): string {
  const buttons = accounts.map((account) => {
    const name = escapeHtml(account.name);
    const about = escapeHtml(`${account.kind}, in ${account.groups.join(', ')}`);
    return `<p><button name="account" value="${name}">${name}</button> ${about}</p>`;
  });
  return page(
    'Who are you?',
    `<p>A demonstration: there are no passwords.</p>
<form method="post" action="${escapeHtml(action)}">${buttons.join('')}</form>`,
  );
}

export function donePage(): string {
  return page('Logged in', '<p>You can close this window and go back to your terminal.</p>');
}

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

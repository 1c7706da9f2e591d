import { exitCodes } from '../core/exit-codes.ts';
import { UserError } from '../core/user-error.ts';

/**
 * Plays the person in the browser at a demo's provider: opens the page of a device login,
 * and fills in its forms as an account. Stays on the provider's own origin.
 * @throws UserError DEMO_SIGN_IN_FAILED
 */
export async function signInAtDemo(page: string, account: string): Promise<void> {
  const visit = browse(new URL(page).origin);
  let html = await visit(page, null);
  // The code, its confirmation, the account, and what the provider puts between.
  for (let step = 0; step < 6; step += 1) {
    const form = readForm(html);
    if (form === null) return;
    const fields = new URLSearchParams(form.fields);
    if (form.accounts.length > 0) {
      if (!form.accounts.includes(account)) throw noAccount(account, form.accounts);
      fields.set('account', account);
    }
    html = await visit(form.action, fields);
  }
  throw failed('its forms do not come to an end');
}

interface Form {
  readonly action: string;
  readonly fields: readonly [string, string][];
  readonly accounts: readonly string[];
}

/** The page's only form with its hidden inputs and its choice of accounts; null when there is none. */
function readForm(html: string): Form | null {
  const form = /<form\b[^>]*>/.exec(html)?.[0];
  if (form === undefined) return null;
  const fields = [...html.matchAll(/<input\b[^>]*type="hidden"[^>]*>/g)].map(([input]) => {
    return [attribute(input, 'name'), attribute(input, 'value')] satisfies [string, string];
  });
  const buttons = [...html.matchAll(/<button\b[^>]*name="account"[^>]*>/g)];
  return {
    action: attribute(form, 'action'),
    fields,
    accounts: buttons.map(([button]) => attribute(button, 'value')),
  };
}

function attribute(tag: string, name: string): string {
  const value = new RegExp(`\\b${name}="([^"]*)"`).exec(tag)?.[1] ?? '';
  return value.replace(/&#(\d+);/g, (_match, code) => String.fromCharCode(Number(code)));
}

type Visit = (address: string, form: URLSearchParams | null) => Promise<string>;

/** Follows redirects by hand, since cookies are set on the way. */
function browse(origin: string): Visit {
  const cookies = new Map<string, string>();
  return async (address, form) => {
    let url = new URL(address, origin);
    let body = form;
    for (let hop = 0; hop < 8; hop += 1) {
      if (url.origin !== origin) throw failed('it leads elsewhere');
      const response = await fetch(url, {
        method: body === null ? 'GET' : 'POST',
        redirect: 'manual',
        headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
        ...(body === null ? {} : { body }),
        signal: AbortSignal.timeout(10_000),
      });
      keepCookies(cookies, response);
      const location = response.headers.get('location');
      const text = await response.text();
      if (location === null && !response.ok) throw failed(`status ${response.status}`);
      if (location === null) return text;
      url = new URL(location, url);
      body = null;
    }
    throw failed('it redirects without end');
  };
}

function keepCookies(cookies: Map<string, string>, response: Response): void {
  for (const line of response.headers.getSetCookie()) {
    const [name, value] = (line.split(';')[0] ?? '').split('=');
    if (name === undefined || value === undefined) continue;
    if (value === '') cookies.delete(name);
    else cookies.set(name, value);
  }
}

function noAccount(account: string, accounts: readonly string[]): UserError {
  return new UserError(`the demo has no account "${account}"`, {
    code: 'DEMO_SIGN_IN_FAILED',
    exitCode: exitCodes.usage,
    hint: `It has: ${accounts.join(', ')}.`,
  });
}

function failed(why: string): UserError {
  return new UserError(`the demo's login page cannot be used: ${why}`, {
    code: 'DEMO_SIGN_IN_FAILED',
    exitCode: exitCodes.failure,
  });
}

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Provider } from 'oidc-provider';
import type { ProviderSettings } from './provider-configuration.ts';
import { accountPage } from './provider-pages.ts';

const bodyLimit = 4096;

/** Serves the page on which a person says who they are. False when the URL is another. */
export async function serveInteraction(
  provider: Provider,
  { accounts, redirectUris }: Pick<ProviderSettings, 'accounts' | 'redirectUris'>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  const path = request.url ?? '';
  if (!path.startsWith('/interaction/')) return false;
  if (request.method === 'GET') {
    await provider.interactionDetails(request, response);
    send(response, 200, accountPage(path, accounts), redirectUris);
    return true;
  }
  const account = new URLSearchParams(await readBody(request)).get('account');
  if (request.method !== 'POST' || accounts.every(({ name }) => name !== account)) {
    send(response, 400, 'no such account');
    return true;
  }
  const login = { accountId: account ?? '', remember: false };
  await provider.interactionFinished(request, response, { login });
  return true;
}

/** `formTargets`: where a form may lead beside this provider. */
export function send(
  response: ServerResponse,
  status: number,
  html: string,
  formTargets: readonly string[] = [],
): void {
  const origins = formTargets.map((address) => new URL(address).origin);
  response.writeHead(status, {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'content-security-policy': `default-src 'none'; style-src 'unsafe-inline'; form-action ${["'self'", ...origins].join(' ')}`,
  });
  response.end(html);
}

async function readBody(request: IncomingMessage): Promise<string> {
  request.setEncoding('utf8');
  let body = '';
  for await (const chunk of request) {
    body += String(chunk);
    if (body.length > bodyLimit) throw new Error('the form is too large');
  }
  return body;
}

import type { Refusal } from '../../core/refusal.ts';
import { safeText } from '../../core/safe-text.ts';
import { html } from '../../protocols/http/browser/html.ts';
import { pageAnswer } from '../../protocols/http/browser/page.ts';
import { type Answer, refusalAnswer, requestErrorAnswer } from '../../protocols/http/faults.ts';
import type { HeaderList } from '../../protocols/http/wire/header-list.ts';
import { RequestError } from '../../protocols/http/wire/request-error.ts';
import { logoutPath } from './paths.ts';

export interface Notice {
  readonly status: number;
  readonly title: string;
  readonly text: string;
  readonly link?: { readonly href: string; readonly text: string };
  readonly headers?: HeaderList;
}

/** Something for whoever sits at the browser to read. */
export function noticePage({ status, title, text, link, headers = [] }: Notice): Answer {
  return pageAnswer({
    ...{ status, title, headers },
    body: html`<h1>${title}</h1><p class="state">${safeText(text)}</p>${
      link === undefined
        ? html``
        : html`<p><a class="button" href="${link.href}">${link.text}</a></p>`
    }`,
  });
}

/**
 * On to a page of this host, as a step of this very page: the browser then says that the person
 * meant it, which it would not at the end of a way through another site.
 */
export function onwardPage(path: string, headers: HeaderList): Answer {
  return pageAnswer({
    status: 200,
    title: 'Logged in',
    headers: [...headers, ['Refresh', `0; url=${path}`]],
    body: html`<h1>Logged in</h1><p><a class="button" href="${path}">Go on</a></p>`,
  });
}

export function logoutQuestion(name: string, connection: string): Answer {
  return pageAnswer({
    status: 200,
    title: 'Log out?',
    body: html`<h1>Log out?</h1>
<p>You are logged in to <code>${connection}</code> as ${safeText(name)}. Its windows end with it, and
so does what they still wait for.</p>
<form method="post" action="${logoutPath}"><button>Log out</button></form>`,
  });
}

const notLoggedIn: Refusal = {
  code: 'LOGIN_EXPIRED',
  message: 'you are not logged in to the gateway with this browser, or that login has ended',
  hint: 'Open the page again to log in.',
};

/** RFC 9110, 15.5.2; the scheme only says that it is none of those that programs could answer. */
export function loginNeeded(): Answer {
  const { headers, body } = refusalAnswer(notLoggedIn);
  return {
    status: 401,
    headers: [...headers, ['WWW-Authenticate', 'Cookie realm="hoopx"']],
    body,
    page: () =>
      noticePage({
        status: 401,
        title: 'Login required',
        text: 'You are not logged in any more, so nothing was sent. Log in, and send it again.',
        link: { href: '/', text: 'Log in' },
      }),
  };
}

export function misdirected(): Answer {
  const error = new RequestError('MISDIRECTED', 'Host names another host than this connection');
  return requestErrorAnswer(error);
}

export function crossSite(): Answer {
  return requestErrorAnswer(new RequestError('CROSS_SITE', 'a page of another site asks for this'));
}

export function methodNotTaken(): Answer {
  return requestErrorAnswer(new RequestError('METHOD_NOT_ALLOWED', 'that is not taken here'));
}

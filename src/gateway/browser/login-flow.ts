import type { IdentityConfig } from '../../config/gateway-config.ts';
import type { Caller } from '../../control/server/ports.ts';
import type { Clock } from '../../core/clock.ts';
import { RefusedError } from '../../core/refusal.ts';
import { UserError } from '../../core/user-error.ts';
import type { CodeLogin, LoginProof } from '../../identity/code-login.ts';
import { type Answer, refusalAnswer } from '../../protocols/http/faults.ts';
import type { HeaderList } from '../../protocols/http/wire/header-list.ts';
import type { GatewayLog } from '../log.ts';
import { type Arrival, returnPath } from './arrival.ts';
import {
  clearCookie,
  loginCookie,
  loginCookiesIn,
  onlyCookie,
  type Seal,
  sessionCookie,
  setCookie,
} from './cookies.ts';
import { noticePage, onwardPage } from './pages.ts';
import { callbackPath } from './paths.ts';
import { readSealedLogin } from './sealed-login.ts';

export interface LoginFlowOptions {
  readonly clock: Clock;
  readonly log: GatewayLog;
  readonly seal: Seal;
  readonly codeLogin: (identity: IdentityConfig) => CodeLogin;
  /** Throws `RefusedError` for a token that is not accepted. */
  readonly authenticate: (token: string) => Promise<Caller>;
}

/** Where a login leads: the host with its way to log in, and what begins when it has worked. */
export interface LoginPlace {
  readonly host: string;
  readonly identity: IdentityConfig;
  /** Returns the secret that the browser shows from now on. Throws `RefusedError`. */
  readonly admit: (caller: Caller) => string;
}

export interface LoginFlow {
  begin(arrival: Arrival, place: LoginPlace): Promise<Answer>;
  /** The browser is back. */
  finish(arrival: Arrival, place: LoginPlace): Promise<Answer>;
}

const patienceSeconds = 600;
/** Of one browser at a time; a page that opens window after window must not fill its headers. */
const maxUnderWay = 8;

/** The login of browsers at one gateway. Nothing of it is kept here until it has worked. */
export function createLoginFlow(options: LoginFlowOptions): LoginFlow {
  const { clock, seal } = options;

  function purposeOf({ host, identity }: LoginPlace): string {
    return JSON.stringify(['login', host, identity.issuer, identity.clientId]);
  }

  async function start(arrival: Arrival, place: LoginPlace): Promise<Answer> {
    const redirectUri = `${arrival.origin}${callbackPath}`;
    const { address, proof } = await options.codeLogin(place.identity).begin(redirectUri);
    const content = {
      ...proof,
      to: returnPath(arrival.target),
      meant: !arrival.browsing.unmeant,
      until: clock() + patienceSeconds * 1000,
    };
    const sealed = seal.close(JSON.stringify(content), purposeOf(place));
    const others = loginCookiesIn(arrival.cookies);
    const stale = others.length < maxUnderWay ? [] : others.flatMap(clearCookie);
    return redirect(address, [
      ...stale,
      ...setCookie(loginCookie(proof.state), sealed, patienceSeconds),
    ]);
  }

  async function end(arrival: Arrival, place: LoginPlace): Promise<Answer> {
    const callback = new URL(`${arrival.origin}${arrival.target}`);
    const state = callback.searchParams.get('state') ?? '';
    const cookie = loginCookie(state);
    const sealed = onlyCookie(arrival.cookies, cookie);
    const text = sealed === null ? null : seal.open(sealed, purposeOf(place));
    const begun = text === null ? null : readSealedLogin(text);
    if (begun === null || begun.state !== state || clock() >= begun.until) {
      return notBegunHere();
    }
    const proof: LoginProof = begun;
    const { bearer } = await options.codeLogin(place.identity).finish(callback, proof);
    const caller = await options.authenticate(bearer);
    const secret = place.admit(caller);
    const seconds = (caller.tokenExpiresAt - clock()) / 1000;
    const headers = [...clearCookie(cookie), ...setCookie(sessionCookie, secret, seconds)];
    return begun.meant ? onwardPage(begun.to, headers) : redirect(begun.to, headers);
  }

  async function told(work: Promise<Answer>, place: LoginPlace): Promise<Answer> {
    try {
      return await work;
    } catch (error) {
      if (error instanceof RefusedError) return refused(error);
      if (error instanceof UserError) return failed(error, place);
      throw error;
    }
  }

  function failed(error: UserError, { host, identity }: LoginPlace): Answer {
    const theirs = error.code === 'LOGIN_REFUSED';
    const { code, message } = error;
    if (!theirs) {
      const detail = { host, identity: identity.name, code, reason: message };
      options.log.warn(detail, 'a browser could not log in');
    }
    return noticePage({
      status: theirs ? 403 : 502,
      title: theirs ? 'Not logged in' : 'No login possible now',
      text: theirs
        ? message
        : 'The login provider cannot be asked; the log of the gateway says why.',
      link: { href: '/', text: 'Try again' },
    });
  }

  return {
    begin: (arrival, place) => told(start(arrival, place), place),
    finish: (arrival, place) => told(end(arrival, place), place),
  };
}

/** Somebody else's login, a very old one, or one from before the gateway was started again. */
function notBegunHere(): Answer {
  return noticePage({
    status: 400,
    title: 'Not logged in',
    text: 'This login was not begun with this browser, or too long ago. Nothing has changed.',
    link: { href: '/', text: 'Log in' },
  });
}

function refused({ refusal }: RefusedError): Answer {
  const said = refusalAnswer(refusal);
  return said.page?.() ?? said;
}

function redirect(address: string, headers: HeaderList): Answer {
  const head: HeaderList = [
    ['Location', address],
    ['Content-Length', '0'],
    ['Cache-Control', 'no-store'],
    ['Referrer-Policy', 'no-referrer'],
  ];
  return { status: 303, headers: [...head, ...headers], body: '' };
}

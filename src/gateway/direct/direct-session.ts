import type { Admission, SessionGrant } from '../../protocols/adapter.ts';
import { answer } from '../../protocols/http/answering.ts';
import type { ClientExchange } from '../../protocols/http/client-exchange.ts';
import type { RefusingWords } from '../../protocols/http/dialect.ts';
import type { OpenHttpSession } from '../../protocols/http/open-session.ts';
import { onlyValueOf } from '../../protocols/http/wire/header-list.ts';

/** All requests of one login at the gateway itself, over whichever connections they come. */
export interface DirectSession {
  answer(exchange: ClientExchange): Promise<void>;
  /** Nothing of it is open. */
  isIdle(): boolean;
}

export interface DirectSessionOptions<Target> {
  readonly admit: (client: string) => Promise<Admission<Target>>;
  readonly open: (grant: SessionGrant<Target>) => OpenHttpSession;
  readonly words: Pick<RefusingWords, 'refused'>;
  /** The configuration in force: with another one a new session begins. */
  readonly standing: () => unknown;
  /** Nothing asked for so long ends the session, not the login. */
  readonly idleMs: number;
}

/** A session of the gateway that is being used; closed when it is past and nothing of it is left. */
interface Lease {
  readonly session: OpenHttpSession;
  busy: number;
  past: boolean;
  timer: NodeJS.Timeout | undefined;
}

type Entering = Promise<Lease | Extract<Admission<unknown>, { kind: 'refused' }>>;

export function createDirectSession<Target>(options: DirectSessionOptions<Target>): DirectSession {
  let current: { readonly entering: Entering; readonly standing: unknown } | null = null;
  let answering = 0;
  let open = 0;

  function enter(client: string): Entering {
    const standing = options.standing();
    if (current !== null && current.standing !== standing) retireSoon(current.entering);
    if (current === null || current.standing !== standing) {
      const entering = admit(client);
      current = { entering, standing };
      entering.then(
        (entered) => 'kind' in entered && forget(entering),
        () => forget(entering),
      );
    }
    return current.entering;
  }

  async function admit(client: string): Entering {
    const admission = await options.admit(client);
    if (admission.kind === 'refused') return admission;
    const { grant } = admission;
    open += 1;
    const lease: Lease = {
      session: options.open(grant),
      busy: 0,
      past: false,
      timer: undefined,
    };
    const end = () => retire(lease);
    grant.signal.addEventListener('abort', end, { once: true });
    grant.draining.addEventListener('abort', end, { once: true });
    if (grant.signal.aborted || grant.draining.aborted) end();
    return lease;
  }

  function forget(entering: Entering): void {
    if (current?.entering === entering) current = null;
  }

  function retire(lease: Lease): void {
    if (lease.past) return;
    lease.past = true;
    clearTimeout(lease.timer);
    if (lease.busy === 0) close(lease);
  }

  function close({ session }: Lease): void {
    open -= 1;
    session.close();
  }

  function retireSoon(entering: Entering): void {
    entering.then(
      (entered) => {
        if (!('kind' in entered)) retire(entered);
      },
      () => {},
    );
  }

  /** Counts as one more use, so that it stays open; one that was given up meanwhile is not taken. */
  async function take(client: string): Entering {
    for (;;) {
      const entering = enter(client);
      const entered = await entering;
      if ('kind' in entered) return entered;
      if (entered.past) {
        forget(entering);
        continue;
      }
      entered.busy += 1;
      clearTimeout(entered.timer);
      return entered;
    }
  }

  function giveBack(lease: Lease): void {
    lease.busy -= 1;
    if (lease.busy > 0) return;
    if (lease.past) close(lease);
    else lease.timer = setTimeout(() => retire(lease), options.idleMs);
  }

  async function answerIn(exchange: ClientExchange): Promise<void> {
    const taken = await take(onlyValueOf(exchange.headers, 'user-agent') ?? '');
    if ('kind' in taken) {
      exchange.closeAfter();
      answer(exchange, options.words.refused(taken.refusal));
      return;
    }
    try {
      await taken.session.answer(exchange);
    } finally {
      giveBack(taken);
    }
  }

  return {
    isIdle: () => answering === 0 && open === 0,
    async answer(exchange) {
      answering += 1;
      try {
        await answerIn(exchange);
      } finally {
        answering -= 1;
      }
    },
  };
}

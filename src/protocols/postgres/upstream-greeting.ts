import { RefusedError } from '../../core/refusal.ts';
import type { LoginReader } from './upstream-login-reader.ts';
import type { CancelKey } from './wire/cancel-key.ts';
import { WireError } from './wire/wire-error.ts';

/** What a server says between its consent and its first ReadyForQuery. */
export interface Greeting {
  readonly parameterStatus: ReadonlyMap<string, string>;
  /** Null from a server that cannot cancel. */
  readonly backendKey: CancelKey | null;
  /** NoticeResponses as they came. */
  readonly notices: readonly Buffer[];
}

const pinned = { standard_conforming_strings: 'on', client_encoding: 'UTF8' } as const;

/** Reads to ReadyForQuery and refuses a server on which the pinned settings do not hold. */
export async function readGreeting(reader: LoginReader): Promise<Greeting> {
  const parameterStatus = new Map<string, string>();
  let backendKey: CancelKey | null = null;
  for (;;) {
    const message = await reader.next();
    switch (message.kind) {
      case 'parameterStatus':
        parameterStatus.set(message.name, message.value);
        break;
      case 'backendKeyData':
        backendKey = { pid: message.pid, secret: message.secret };
        break;
      case 'readyForQuery':
        if (message.status !== 'idle') {
          throw new WireError('BAD_VALUE', 'the server begins inside a transaction');
        }
        requirePinned(parameterStatus);
        return { parameterStatus, backendKey, notices: reader.notices };
      default:
        throw new WireError('BAD_VALUE', `unexpected ${message.kind} before ReadyForQuery`);
    }
  }
}

function requirePinned(parameterStatus: ReadonlyMap<string, string>): void {
  for (const [name, value] of Object.entries(pinned)) {
    if (parameterStatus.get(name) === value) continue;
    throw new RefusedError({
      code: 'PINNED_STATE_LOST',
      message: `the server does not keep ${name} at ${value}, so statements could not be read reliably`,
    });
  }
}

import type { Clock } from '../core/clock.ts';
import { type LoginName, loginRequired } from './login-errors.ts';
import type { TokenSource } from './token-source.ts';

export interface StoredTokensDeps {
  readonly state: string;
  readonly clock: Clock;
}

export function storedTokens(login: LoginName, _deps: StoredTokensDeps): TokenSource {
  return {
    kind: 'login',
    current: async () => {
      throw loginRequired(login);
    },
  };
}

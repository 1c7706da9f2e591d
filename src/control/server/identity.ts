import type { WhoAmI } from '../contract.ts';
import { checked } from './body.ts';
import type { Route } from './route.ts';
import { emptyBody } from './schemas.ts';
import { principalView, timeText } from './views.ts';

export const identityRoutes: readonly Route[] = [
  {
    kind: 'open',
    method: 'GET',
    path: '/v1/info',
    answer: (ports) => ({ status: 200, body: ports.info() }),
  },
  {
    kind: 'call',
    method: 'GET',
    path: '/v1/whoami',
    answer({ caller }) {
      const body: WhoAmI = {
        ...principalView(caller.principal),
        tokenExpiresAt: timeText(caller.tokenExpiresAt),
      };
      return { status: 200, body };
    },
  },
  {
    kind: 'call',
    method: 'POST',
    path: '/v1/logout',
    async answer({ caller, ports, body }) {
      checked(emptyBody, body);
      await ports.authentication.revoke(caller);
      ports.tunnels.endAllOf(caller.principal, {
        code: 'LOGIN_EXPIRED',
        message: 'you have logged out',
        hint: 'Run: hoopx login',
      });
      return { status: 204 };
    },
  },
];

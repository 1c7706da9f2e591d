import { exitCodes } from '../core/exit-codes.ts';
import { UserError } from '../core/user-error.ts';
import { logout } from '../identity/logout.ts';
import type { ClientContext } from './client-context.ts';

/**
 * Ends this context's login here, at the gateway and at the provider. False when there was none.
 * @throws UserError LOGOUT_INCOMPLETE when it is deleted here, but could not be ended elsewhere
 */
export async function logOut(context: ClientContext): Promise<boolean> {
  const { profile, gatewayUrl: gateway, environment } = context;
  const outcome = await logout(
    { profile, gateway },
    {
      state: environment.paths.state,
      clock: Date.now,
      endAtGateway: async (token) => (await context.controlAs(token)).logout(),
    },
  );
  if (outcome.kind === 'not_logged_in') return false;
  if (outcome.problems.length === 0) return true;
  throw new UserError(`logged out here, but ${outcome.problems.join('; ')}`, {
    code: 'LOGOUT_INCOMPLETE',
    exitCode: exitCodes.gatewayUnreachable,
    hint: 'Whoever has a copy of the token can use it until it lapses.',
  });
}

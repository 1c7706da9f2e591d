import type { ClientEnvironment } from '../../config/client-environment.ts';
import { findGateway, type GatewayAddress } from '../../config/client-gateway.ts';
import { type ClientContext, type GlobalFlags, openContext } from '../client-context.ts';
import { type Finding, ok, problemOf } from './finding.ts';
import { checkGateway } from './gateway-checks.ts';
import { checkClients, checkConfig, checkKeychain } from './local-checks.ts';

export interface Diagnosis {
  /** Nothing stands in the way. */
  readonly ok: boolean;
  readonly checks: readonly Finding[];
}

/** All of `hoopx doctor`; what depends on something that is missing is left out. */
export async function examine(
  flags: GlobalFlags,
  environment: ClientEnvironment,
  version: string,
): Promise<Diagnosis> {
  const { versions, platform, arch } = process;
  const checks = [
    ok('hoopx', `${version}, Node ${versions.node}, ${platform} ${arch}`),
    await checkConfig(environment),
    ...(await checkConnection(flags, environment, version)),
    ...(await checkKeychain(environment)),
    ...(await checkClients()),
  ];
  return { ok: checks.every(({ status }) => status !== 'problem'), checks };
}

async function checkConnection(
  flags: GlobalFlags,
  environment: ClientEnvironment,
  version: string,
): Promise<readonly Finding[]> {
  const { profile, gateway = null, ca = null } = flags;
  let address: GatewayAddress;
  try {
    address = await findGateway({ profile, gateway, ca }, environment.paths);
  } catch (error) {
    return [problemOf('gateway', error)];
  }
  const context = await openContext(flags, environment);
  const info = async () => (await context.control()).info();
  const { findings, reachable } = await checkGateway(address, info, version, Date.now);
  return reachable ? [...findings, await checkLogin(context)] : findings;
}

/** Asked of the gateway, for only it knows what a login is worth. */
async function checkLogin(context: ClientContext): Promise<Finding> {
  try {
    const { name, groups, tokenExpiresAt } = await (await context.control()).whoami();
    const until = `${tokenExpiresAt.slice(0, 19)}Z`;
    const member = groups.length === 0 ? 'no groups' : groups.join(', ');
    return ok('login', `${name} (${member}), profile ${context.profile}, until ${until}`);
  } catch (error) {
    return problemOf('login', error);
  }
}

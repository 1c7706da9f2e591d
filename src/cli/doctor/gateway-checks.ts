import type { GatewayAddress } from '../../config/client-gateway.ts';
import type { GatewayInfo } from '../../control/contract.ts';
import { UserError } from '../../core/user-error.ts';
import { type Finding, note, ok, problem, problemOf } from './finding.ts';
import { type Probe, probeGateway } from './probe.ts';

/** Gateways accept so much by default (`clockSkewSeconds`). */
const skewLimitMs = 30_000;
const skewNoteMs = 5_000;
const certificateNoticeMs = 14 * 86_400_000;

export interface GatewayChecks {
  readonly findings: readonly Finding[];
  readonly reachable: boolean;
}

/** Whether it answers, what as, and whether its clock and this one agree. */
export async function checkGateway(
  address: GatewayAddress,
  info: () => Promise<GatewayInfo>,
  version: string,
  clock: () => number,
): Promise<GatewayChecks> {
  try {
    const told = await info();
    const probe = await probeGateway(address.url, address.ca, clock);
    return {
      findings: [
        ok('gateway', `${address.url} answers (${origins[address.source]})`),
        tlsFinding(address, probe, clock()),
        versionFinding(told.version, version),
        clockFinding(probe),
        providerFinding(told),
      ],
      reachable: true,
    };
  } catch (error) {
    return { findings: [unreachable(error)], reachable: false };
  }
}

/** The usual advice is to ask the doctor. */
function unreachable(error: unknown): Finding {
  const finding = problemOf('gateway', error);
  if (!(error instanceof UserError) || error.code !== 'GATEWAY_UNREACHABLE') return finding;
  const hint =
    'Is it running? If it is elsewhere: --gateway URL, HOOPX_GATEWAY, or the configuration.';
  return { ...finding, hint };
}

const origins: Record<GatewayAddress['source'], string> = {
  flag: '--gateway or HOOPX_GATEWAY',
  profile: 'from the profile',
  config: 'from the configuration',
  demo: 'a running demo',
};

function tlsFinding(address: GatewayAddress, { certificateUntil }: Probe, now: number): Finding {
  if (certificateUntil === null) return note('tls', 'plain HTTP, on this machine alone');
  const until = new Date(certificateUntil).toISOString().slice(0, 10);
  const trust = address.ca === null ? 'the system trusts it' : 'its own authority vouches for it';
  const message = `${trust}, until ${until}`;
  return certificateUntil - now < certificateNoticeMs
    ? note('tls', message, 'Tell whoever runs the gateway that its certificate ends soon.')
    : ok('tls', message);
}

function versionFinding(gateway: string, own: string): Finding {
  const minor = (version: string) => version.split('.').slice(0, 2).join('.');
  return minor(gateway) === minor(own)
    ? ok('version', `gateway ${gateway}, hoopx ${own}`)
    : note('version', `the gateway is ${gateway}, this is ${own}`, 'Use the same release.');
}

function clockFinding({ aheadMs }: Probe): Finding {
  if (aheadMs === null) return note('clock', 'the gateway does not tell its time');
  const seconds = Math.round(Math.abs(aheadMs) / 1000);
  const message = `this clock is ${seconds} s ${aheadMs > 0 ? 'ahead of' : 'behind'} the gateway's`;
  if (Math.abs(aheadMs) > skewLimitMs) {
    return problem('clock', message, 'Logins fail: set the clock, best by NTP.');
  }
  return Math.abs(aheadMs) > skewNoteMs
    ? note('clock', message, 'Set the clock, best by NTP.')
    : ok('clock', "agrees with the gateway's");
}

function providerFinding({ identity }: GatewayInfo): Finding {
  const names = identity.map(({ name, issuer }) => `${name} (${issuer})`);
  return names.length === 0
    ? problem('provider', 'the gateway names no login provider')
    : ok('provider', names.join(', '));
}

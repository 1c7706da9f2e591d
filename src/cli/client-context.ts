import { isatty } from 'node:tty';
import type { ClientEnvironment } from '../config/client-environment.ts';
import { findGateway, type GatewayAddress } from '../config/client-gateway.ts';
import type { ReviewerDevice } from '../control/client/device.ts';
import { type ControlClient, createControlClient } from '../control/client.ts';
import type { LoginName } from '../identity/login-errors.ts';
import type { TokenSource } from '../identity/token-source.ts';
import { tokensFor } from './client-tokens.ts';

/** The values of `HoopxCommand.baseFlags`. */
export interface GlobalFlags {
  readonly gateway?: string | undefined;
  readonly profile: string;
  readonly ca?: string | undefined;
  readonly 'token-file'?: string | undefined;
  readonly json: boolean;
}

/** What a command needs to act as somebody at some gateway. */
export interface ClientContext {
  /** Without a trailing slash. */
  readonly gatewayUrl: string;
  /** PEM text of the only authorities to trust; null for the system's. */
  readonly ca: string | null;
  readonly profile: string;
  readonly address: GatewayAddress;
  readonly tokens: TokenSource;
  readonly environment: ClientEnvironment;
  /** The gateway's API, as this login. */
  control(): Promise<ControlClient>;
  /** The same with a token of its own, for one that is only coming or going. */
  controlAs(token: string, device?: ReviewerDevice): Promise<ControlClient>;
  /** Talk; data goes to stdout. Text from others must be made safe by the caller. */
  readonly stderr: (line: string) => void;
  /** Whether a person sits there: stdin and stderr are terminals. */
  readonly isTerminal: boolean;
}

export async function openContext(
  flags: GlobalFlags,
  environment: ClientEnvironment,
): Promise<ClientContext> {
  const { profile } = flags;
  const address = await findGateway(
    { profile, gateway: flags.gateway ?? null, ca: flags.ca ?? null },
    environment.paths,
  );
  const stderr = (line: string) => void process.stderr.write(`${line}\n`);
  const login = { profile, gateway: address.url };
  const tokens = tokensFor(login, flags['token-file'] ?? null, environment);
  return {
    gatewayUrl: address.url,
    ca: address.ca,
    profile,
    address,
    tokens,
    environment,
    control: async () => {
      const token = async () => (await tokens.current()).token;
      if (tokens.kind !== 'login') return openControl(address, token);
      return openControl(address, token, deviceOf(login, environment));
    },
    controlAs: async (token, device) => openControl(address, async () => token, device),
    stderr,
    // As their `isTTY`, without opening the streams.
    isTerminal: isatty(0) && isatty(2),
  };
}

function openControl(
  address: GatewayAddress,
  token: () => Promise<string>,
  device?: ReviewerDevice,
): ControlClient {
  const trust = address.ca === null ? {} : { ca: address.ca };
  const signing = device === undefined ? {} : { device };
  return createControlClient({ url: address.url, ...trust, ...signing, token });
}

/** Read when something is to be signed: most commands sign nothing. */
function deviceOf(login: LoginName, { paths }: ClientEnvironment): ReviewerDevice {
  return {
    origin: 'login',
    async key() {
      const { deviceKeyOf } = await import('../identity/device-key.ts');
      return deviceKeyOf(login, paths.state);
    },
  };
}

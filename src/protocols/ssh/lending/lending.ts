import type { SshKind } from '../../../core/facts.ts';
import type { ChannelRequest } from '../connection/channel-request.ts';
import { FieldReader } from '../wire/field-reader.ts';

export const lendingKinds = ['agent_forwarding', 'x11_forwarding'] as const satisfies SshKind[];

export type LendingKind = (typeof lendingKinds)[number];

/** What of the client's own machine a program at the server is to be able to use. */
export type Lending =
  | { readonly kind: 'agent_forwarding' }
  | {
      readonly kind: 'x11_forwarding';
      /** For the first connection only. */
      readonly single: boolean;
      /** The name of the authentication protocol; its cookie is a secret, and is not kept. */
      readonly protocol: string;
      readonly screen: number;
    };

/** As people call it. */
export const lendingNames: Readonly<Record<LendingKind, string>> = {
  agent_forwarding: 'SSH agent',
  x11_forwarding: 'X11 display',
};

const maxRequestBytes = 4096;

/** What a request of a session channel asks for; null for any other. */
export function lendingKindOf(type: string): LendingKind | null {
  switch (type) {
    case 'auth-agent-req@openssh.com':
      return 'agent_forwarding';
    case 'x11-req':
      return 'x11_forwarding';
    default:
      return null;
  }
}

/** The kind that a server's channel makes use of; null for any other. */
export function lendingKindOfChannel(type: string): LendingKind | null {
  switch (type) {
    case 'auth-agent@openssh.com':
      return 'agent_forwarding';
    case 'x11':
      return 'x11_forwarding';
    default:
      return null;
  }
}

/**
 * OpenSSH's PROTOCOL.agent, and RFC 4254, section 6.3.1. Null for what could not be shown as it
 * is. Throws WireFault for what is cut short.
 */
export function readLending(kind: LendingKind, { fields }: ChannelRequest): Lending | null {
  if (fields.length > maxRequestBytes) return null;
  const reader = new FieldReader(fields, 0);
  const lending = kind === 'agent_forwarding' ? { kind } : readDisplay(kind, reader);
  reader.end();
  return lending;
}

function readDisplay(
  kind: Extract<LendingKind, 'x11_forwarding'>,
  reader: FieldReader,
): Lending | null {
  const single = reader.boolean();
  const protocol = reader.string().toString('latin1');
  reader.string();
  const screen = reader.uint32();
  return /^[\w.-]{1,64}$/.test(protocol) ? { kind, single, protocol, screen } : null;
}

import type { Refusal } from '../../../core/refusal.ts';
import type { ChannelRequest } from '../connection/channel-request.ts';
import type { SshTarget } from '../target.ts';
import { FieldReader } from '../wire/field-reader.ts';

/** What a channel is to be used for; once asked, it stays that. */
export type Asked =
  | { readonly kind: 'exec'; readonly command: Buffer }
  | { readonly kind: 'shell' }
  | { readonly kind: 'subsystem'; readonly name: string }
  | { readonly kind: 'sftp' }
  /** The configuration does not have it. */
  | { readonly kind: 'off'; readonly refusal: Refusal };

/** Null where the request asks for something else. RFC 4254, section 6.5. */
export function readAsked({ type, fields }: ChannelRequest, target: SshTarget): Asked | null {
  const reader = new FieldReader(fields, 0);
  switch (type) {
    case 'exec':
      return { kind: 'exec', command: Buffer.from(reader.string()) };
    case 'shell':
      return { kind: 'shell' };
    case 'subsystem':
      return subsystem(reader.string().toString('utf8'), target);
    default:
      return null;
  }
}

/** An allow list: a subsystem is a program that the server chooses by name. */
function subsystem(name: string, target: SshTarget): Asked {
  if (name === 'sftp' && target.sftp) return { kind: 'sftp' };
  if (name !== 'sftp' && target.subsystems.includes(name)) return { kind: 'subsystem', name };
  const refusal: Refusal = {
    code: 'DENIED_BY_RULE',
    message: `the subsystem "${name}" is off for this connection`,
    hint: `Whoever runs the gateway can turn it on: ${name === 'sftp' ? 'sftp: true' : 'subsystems'}.`,
  };
  return { kind: 'off', refusal };
}

import { createHash } from 'node:crypto';
import { RefusedError } from '../../core/refusal.ts';
import type { Secret } from '../../core/secret.ts';
import { type ChannelBinding, ScramError, type ScramExchange, startScram } from './scram.ts';
import type { LoginReader } from './upstream-login-reader.ts';
import type { Authentication } from './wire/backend/authentication.ts';
import {
  encodePassword,
  encodeSaslInitialResponse,
  encodeSaslResponse,
} from './wire/frontend/authentication.ts';
import { WireError } from './wire/wire-error.ts';

export interface Credentials {
  readonly user: string;
  readonly password: Secret | null;
  readonly encrypted: boolean;
  /** For SCRAM's channel binding. */
  readonly endPoint: Buffer | null;
}

/** Proves who we are in the strongest way that the server asks for; returns at AuthenticationOk. */
export async function authenticate(reader: LoginReader, credentials: Credentials): Promise<void> {
  const request = await nextRequest(reader);
  switch (request.method) {
    case 'ok':
      return;
    case 'cleartext':
      await sendCleartext(reader, credentials);
      break;
    case 'md5':
      await reader.write(encodePassword(md5Answer(credentials, request.salt)));
      break;
    case 'sasl':
      await withScram(reader, credentials, request.mechanisms);
      break;
    case 'unsupported':
      throw refusedLogin(`the server asks for authentication method ${request.code}, unknown here`);
    case 'saslContinue':
    case 'saslFinal':
      throw outOfTurn(request);
    default:
      request satisfies never;
  }
  const last = await nextRequest(reader);
  if (last.method !== 'ok') throw outOfTurn(last);
}

/** Pitfall of `prefer`: whoever answers in the clear would be handed the password. */
async function sendCleartext(reader: LoginReader, credentials: Credentials): Promise<void> {
  if (!credentials.encrypted) {
    throw untrusted('the server asks for the password in the clear, without TLS');
  }
  await reader.write(encodePassword(passwordOf(credentials).reveal()));
}

function md5Answer(credentials: Credentials, salt: Buffer): string {
  const inner = md5(Buffer.from(passwordOf(credentials).reveal() + credentials.user));
  return `md5${md5(Buffer.concat([Buffer.from(inner), salt]))}`;
}

async function withScram(
  reader: LoginReader,
  credentials: Credentials,
  mechanisms: readonly string[],
): Promise<void> {
  const scram = startScram(passwordOf(credentials), bindingFor(credentials, mechanisms));
  if (!mechanisms.includes(scram.mechanism)) {
    throw refusedLogin('the server offers no SASL mechanism that is known here');
  }
  await reader.write(encodeSaslInitialResponse(scram.mechanism, scram.clientFirst));
  try {
    await exchange(reader, scram);
  } catch (error) {
    if (!(error instanceof ScramError)) throw error;
    throw untrusted(`the server failed to prove itself: ${error.message}`, error);
  }
}

async function exchange(reader: LoginReader, scram: ScramExchange): Promise<void> {
  const first = await nextRequest(reader);
  if (first.method !== 'saslContinue') throw new ScramError('it skipped its challenge');
  const { clientFinal, verify } = await scram.answer(first.data);
  await reader.write(encodeSaslResponse(clientFinal));
  const final = await nextRequest(reader);
  if (final.method !== 'saslFinal') throw new ScramError('it skipped its signature');
  verify(final.data);
}

function bindingFor(credentials: Credentials, mechanisms: readonly string[]): ChannelBinding {
  const { encrypted, endPoint } = credentials;
  if (!encrypted || endPoint === null) return { kind: 'none' };
  if (mechanisms.includes('SCRAM-SHA-256-PLUS')) return { kind: 'bound', data: endPoint };
  return { kind: 'unoffered' };
}

async function nextRequest(reader: LoginReader): Promise<Authentication> {
  const message = await reader.next();
  if (message.kind === 'authentication') return message;
  throw new WireError('BAD_VALUE', `unexpected ${message.kind} during login`);
}

function passwordOf({ password }: Credentials): Secret {
  if (password !== null) return password;
  throw refusedLogin('the server asks for a password, and the connection has none');
}

function md5(bytes: Buffer): string {
  return createHash('md5').update(bytes).digest('hex');
}

function outOfTurn({ method }: Authentication): WireError {
  return new WireError('BAD_VALUE', `authentication step "${method}" comes out of turn`);
}

function refusedLogin(message: string): RefusedError {
  return new RefusedError({ code: 'UPSTREAM_REFUSED_LOGIN', message });
}

function untrusted(message: string, cause?: unknown): RefusedError {
  return new RefusedError({ code: 'UPSTREAM_UNTRUSTED', message }, { cause });
}

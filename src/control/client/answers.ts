import { exitCodes } from '../../core/exit-codes.ts';
import { requestStates } from '../../core/request.ts';
import { UserError } from '../../core/user-error.ts';
import type { ErasureView } from '../contract/erasures.ts';
import type { RecordingView } from '../contract/recordings.ts';
import type {
  AuditPage,
  ConnectionView,
  GatewayInfo,
  Page,
  RequestStreamEvent,
  RequestView,
  SessionView,
  TunnelEvent,
  TunnelView,
  WhoAmI,
} from '../contract.ts';

/**
 * What the gateway answered, checked as far as this side relies on it. Written by hand: a
 * schema library would double the time that a command takes to start.
 */
type Shape = Readonly<Record<string, 'string' | 'number' | 'boolean' | 'array' | 'object'>>;

export function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  if (!isRecord(value)) throw unexpected('an object');
  return value;
}

export function textOf(record: Readonly<Record<string, unknown>>, key: string): string {
  const value = record[key];
  if (typeof value !== 'string') throw unexpected(`"${key}"`);
  return value;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function hasShape<T>(value: unknown, shape: Shape): value is T {
  return isRecord(value) && Object.entries(shape).every(([key, type]) => is(value[key], type));
}

function is(value: unknown, type: Shape[string]): boolean {
  if (type === 'array') return Array.isArray(value);
  if (type === 'object') return isRecord(value);
  return typeof value === type;
}

function shaped<T>(what: string, shape: Shape) {
  return (value: unknown): T => {
    if (!hasShape<T>(value, shape)) throw unexpected(what);
    return value;
  };
}

function pageOf<T>(item: (value: unknown) => T) {
  return (value: unknown): Page<T> => {
    const { items, nextCursor } = asRecord(value);
    if (!Array.isArray(items)) throw unexpected('a list');
    if (nextCursor !== null && typeof nextCursor !== 'string') throw unexpected('a cursor');
    return { items: items.map(item), nextCursor };
  };
}

const person: Shape = { name: 'string', person: 'string', kind: 'string', groups: 'array' };

const requestShape = shaped<RequestView>('a request', {
  id: 'string',
  state: 'string',
  mode: 'string',
  digest: 'string',
  salt: 'string',
  policyRevision: 'string',
  summary: 'string',
  createdAt: 'string',
  expiresAt: 'string',
  connection: 'object',
  principal: 'object',
  presentation: 'object',
  rules: 'array',
  chains: 'array',
  decisions: 'array',
  awaiting: 'array',
  mayDecide: 'boolean',
  own: 'boolean',
});

function request(value: unknown): RequestView {
  const view = requestShape(value);
  if (!requestStates.includes(view.state)) throw unexpected('a known state');
  if (!hasShape(view.principal, person)) throw unexpected('a principal');
  if (!hasShape(view.connection, { name: 'string', labels: 'object' })) {
    throw unexpected('a connection');
  }
  const presentation: Shape = {
    statement: 'string',
    parameters: 'array',
    notes: 'array',
    outline: 'array',
  };
  if (!hasShape(view.presentation, presentation)) throw unexpected('a statement');
  const { transaction, preview = [] } = view.presentation;
  if (transaction !== null && !isRecord(transaction)) throw unexpected('a transaction');
  if (!Array.isArray(preview)) throw unexpected('a preview');
  return view;
}

function requestEvent(value: unknown): RequestStreamEvent {
  const { type, request: view, pending } = asRecord(value);
  if (type === 'request') return { type, request: request(view) };
  if (type !== 'synced' || !Array.isArray(pending)) throw unexpected('a request event');
  return { type, pending: pending.map(String) };
}

const closedEvent = shaped<Extract<TunnelEvent, { type: 'closed' }>>('a closing event', {
  code: 'string',
  message: 'string',
});

const decidedEvent = shaped<Extract<TunnelEvent, { type: 'decided' }>>('a decision event', {
  operation: 'object',
});

function tunnelEvent(value: unknown): TunnelEvent {
  const { type, request: view, kind: told } = asRecord(value);
  const kind = typeof told === 'string' ? told : null;
  switch (type) {
    case 'held':
      return { type, request: request(view), kind };
    case 'decided':
      return { ...decidedEvent(value), kind };
    case 'closed':
      return closedEvent(value);
    default:
      throw unexpected('a tunnel event');
  }
}

const connectionShapes: Readonly<Record<ConnectionView['type'], Shape>> = {
  postgres: { database: 'string', databases: 'array' },
  ssh: { user: 'string', users: 'array', hostKey: 'string' },
  http: { methods: 'array' },
  kubernetes: {},
};

/** One line of base64 and nothing beside it: it is written to files that ssh believes. */
const hostKeyPattern = /^[a-z0-9@.-]+ [A-Za-z0-9+/]+={0,2}$/;

function connection(value: unknown): ConnectionView {
  const known = asRecord(value);
  const type = textOf(known, 'type');
  if (!isConnectionType(type)) throw unknownType(textOf(known, 'name'), type);
  const shape: Shape = { name: 'string', labels: 'object', ...connectionShapes[type] };
  if (!hasShape<ConnectionView>(value, shape)) throw unexpected('a connection');
  if (value.type === 'ssh' && !hostKeyPattern.test(value.hostKey)) throw unexpected('a host key');
  return value;
}

function isConnectionType(type: string): type is ConnectionView['type'] {
  return Object.hasOwn(connectionShapes, type);
}

function unknownType(name: string, type: string): UserError {
  return new UserError(`connection ${name} is of a type that this hoopx does not know: ${type}`, {
    code: 'CONNECTION_TYPE_UNKNOWN',
    exitCode: exitCodes.gatewayUnreachable,
    hint: 'The gateway is newer than this command: update hoopx.',
  });
}

const tunnelShape = shaped<TunnelView>('a tunnel', {
  id: 'string',
  connection: 'object',
  expiresAt: 'string',
  heartbeatEveryMs: 'number',
  operations: 'array',
});

function tunnel(value: unknown): TunnelView {
  const view = tunnelShape(value);
  return { ...view, connection: connection(view.connection) };
}

export const checkers = {
  info: shaped<GatewayInfo>('its description', {
    name: 'string',
    version: 'string',
    identity: 'array',
  }),
  whoami: shaped<WhoAmI>('a principal', { ...person, tokenExpiresAt: 'string' }),
  connection,
  tunnel,
  session: shaped<SessionView>('a session', {
    id: 'string',
    connection: 'string',
    principal: 'object',
    client: 'string',
    startedAt: 'string',
    operations: 'number',
  }),
  recording: shaped<RecordingView>('a recording', {
    id: 'string',
    connection: 'string',
    protocol: 'string',
    principal: 'object',
    client: 'string',
    startedAt: 'string',
    state: 'string',
    operations: 'number',
    verdicts: 'object',
    refused: 'number',
    sealed: 'boolean',
    searched: 'boolean',
    files: 'array',
  }),
  auditPage: shaped<AuditPage>('a page of records', { lines: 'array', last: 'number' }),
  erasure: shaped<ErasureView>('what was erased', {
    requests: 'number',
    removed: 'array',
    failed: 'array',
    recorded: 'array',
    purged: 'boolean',
  }),
  pageOf,
  request,
  requestEvent,
  tunnelEvent,
};

function unexpected(wanted: string): UserError {
  return new UserError(`the gateway's answer is not ${wanted}`, {
    code: 'GATEWAY_UNEXPECTED',
    exitCode: exitCodes.gatewayUnreachable,
    hint: 'Does the address belong to a hoopx gateway, of the same version as this command?',
  });
}

import type { Duplex } from 'node:stream';
import { asRecord, checkers, textOf } from './client/answers.ts';
import type { ReviewerDevice } from './client/device.ts';
import { type EventOptions, serverEvents } from './client/events.ts';
import { createWire, type WireOptions } from './client/wire.ts';
import type { EraseContent, ErasureView } from './contract/erasures.ts';
import type { RecordingQuery, RecordingView } from './contract/recordings.ts';
import type {
  AuditPage,
  CancelRequest,
  ConnectionView,
  DecideRequest,
  EnrolKey,
  GatewayInfo,
  OpenTunnel,
  Page,
  PageQuery,
  RequestQuery,
  RequestStreamEvent,
  RequestView,
  SessionView,
  TunnelEvent,
  TunnelHeartbeat,
  TunnelView,
  WhoAmI,
} from './contract.ts';

export type { EventOptions } from './client/events.ts';

/** `token` is asked for each request, so that a refreshed one is used at once. */
export interface ControlClientOptions extends WireOptions {
  /** Signs decisions; one that lives no longer than this client unless given. */
  readonly device?: ReviewerDevice;
}

/**
 * The gateway's API. Every method throws `UserError`: GATEWAY_UNREACHABLE and
 * GATEWAY_UNTRUSTED (69), LOGIN_REQUIRED (4), or the code of the error body.
 */
export interface ControlClient {
  readonly url: string;
  /** Needs no token. */
  info(): Promise<GatewayInfo>;
  whoami(): Promise<WhoAmI>;
  logout(): Promise<void>;
  listConnections(query?: PageQuery): Promise<Page<ConnectionView>>;
  connection(name: string): Promise<ConnectionView>;
  /** Asks that masks be lifted there for a time: a new request, or the one that stands. */
  unmask(connection: string, reason?: string): Promise<RequestView>;
  openTunnel(ask: OpenTunnel): Promise<TunnelView>;
  tunnel(id: string): Promise<TunnelView>;
  heartbeat(id: string): Promise<TunnelHeartbeat>;
  closeTunnel(id: string): Promise<void>;
  /** One client connection to the tunnel's target, as raw bytes. */
  openStream(tunnelId: string, signal?: AbortSignal): Promise<Duplex>;
  /** Ends after `closed`; reconnects by itself before that. */
  tunnelEvents(id: string, options: EventOptions): AsyncIterable<TunnelEvent>;
  listRequests(query?: RequestQuery): Promise<Page<RequestView>>;
  request(id: string): Promise<RequestView>;
  /** Signs it too; KEY_NOT_ENROLLED when the device's key is not known as the caller's. */
  decide(id: string, decision: DecideRequest): Promise<RequestView>;
  /** Makes the device's key known as the caller's. */
  enrolDevice(): Promise<void>;
  cancelRequest(id: string, reason?: string): Promise<RequestView>;
  /** Never ends by itself; reconnects, and is `synced` anew each time. */
  requestEvents(options: EventOptions): AsyncIterable<RequestStreamEvent>;
  listSessions(query?: PageQuery): Promise<Page<SessionView>>;
  killSession(id: string): Promise<void>;
  listRecordings(query?: RecordingQuery): Promise<Page<RecordingView>>;
  recording(id: string): Promise<RecordingView>;
  /** One of its files as it is stored; `follow` goes on while the session is open. */
  recordingFile(id: string, file: string, follow: boolean, signal?: AbortSignal): Promise<Duplex>;
  /** Null: the last few. */
  auditRecords(after: number | null): Promise<AuditPage>;
  /** For operators. */
  eraseContent(ask: EraseContent): Promise<ErasureView>;
}

/** The gateway writes its store anew meanwhile. */
const erasurePatienceMs = 600_000;

export function createControlClient(options: ControlClientOptions): ControlClient {
  const wire = createWire(options);
  const read = async <T>(path: string, check: (value: unknown) => T): Promise<T> =>
    check(await wire.request({ method: 'GET', path }));
  const write = async <T>(path: string, body: unknown, check: (value: unknown) => T): Promise<T> =>
    check(await wire.request({ method: 'POST', path, body }));
  const enrol = (key: EnrolKey) => write('/v1/reviewer-keys', key, () => undefined);
  let { device } = options;
  const remove = async (path: string): Promise<void> => {
    await wire.request({ method: 'DELETE', path });
  };

  return {
    url: wire.url,
    info: async () =>
      checkers.info(await wire.request({ method: 'GET', path: '/v1/info', anonymous: true })),
    whoami: () => read('/v1/whoami', checkers.whoami),
    logout: () => write('/v1/logout', {}, () => undefined),
    listConnections: (query) =>
      read(`/v1/connections${search(query)}`, checkers.pageOf(checkers.connection)),
    connection: (name) => read(`/v1/connections/${segment(name)}`, checkers.connection),
    unmask: (name, reason) =>
      write(
        `/v1/connections/${segment(name)}/unmask`,
        reason === undefined ? {} : { reason },
        checkers.request,
      ),
    openTunnel: (ask) => write('/v1/tunnels', ask, checkers.tunnel),
    tunnel: (id) => read(`/v1/tunnels/${segment(id)}`, checkers.tunnel),
    heartbeat: (id) =>
      write(`/v1/tunnels/${segment(id)}/heartbeat`, {}, (value) => ({
        expiresAt: textOf(asRecord(value), 'expiresAt'),
      })),
    closeTunnel: (id) => remove(`/v1/tunnels/${segment(id)}`),
    openStream: (id, signal) =>
      wire.upgrade(`/v1/tunnels/${segment(id)}/stream`, 'hoopx-tunnel/1', signal),
    tunnelEvents: (id, eventOptions) =>
      serverEvents(
        wire,
        `/v1/tunnels/${segment(id)}/events`,
        checkers.tunnelEvent,
        eventOptions,
        (event) => event.type === 'closed',
      ),
    listRequests: (query) =>
      read(`/v1/requests${search(query)}`, checkers.pageOf(checkers.request)),
    request: (id) => read(`/v1/requests/${segment(id)}`, checkers.request),
    async decide(id, decision) {
      const shown = await read(`/v1/requests/${segment(id)}`, checkers.request);
      const { signed } = await import('./client/signed-decision.ts');
      device ??= (await import('./client/device.ts')).createFleetingDevice();
      const body = await signed(shown, decision, device, { enrol, token: options.token });
      return write(`/v1/requests/${segment(id)}/decision`, body, checkers.request);
    },
    async enrolDevice() {
      if (device === undefined) return;
      const { enrolDevice } = await import('./client/device.ts');
      await enrolDevice(device, { enrol, token: options.token });
    },
    cancelRequest(id, reason) {
      const body: CancelRequest = reason === undefined ? {} : { reason };
      return write(`/v1/requests/${segment(id)}/cancel`, body, checkers.request);
    },
    requestEvents: (eventOptions) =>
      serverEvents(wire, '/v1/requests/events', checkers.requestEvent, eventOptions, () => false),
    listSessions: (query) =>
      read(`/v1/sessions${search(query)}`, checkers.pageOf(checkers.session)),
    auditRecords: (after) =>
      read(`/v1/audit/records${after === null ? '' : `?after=${after}`}`, checkers.auditPage),
    eraseContent: async (ask) => {
      const path = '/v1/audit/erasures';
      const sent = { method: 'POST', path, body: ask, patienceMs: erasurePatienceMs } as const;
      return checkers.erasure(await wire.request(sent));
    },
    killSession: (id) => remove(`/v1/sessions/${segment(id)}`),
    listRecordings: (query) =>
      read(`/v1/recordings${search(query)}`, checkers.pageOf(checkers.recording)),
    recording: (id) => read(`/v1/recordings/${segment(id)}`, checkers.recording),
    recordingFile: (id, file, follow, signal) =>
      wire.upgrade(
        `/v1/recordings/${segment(id)}/files/${segment(file)}?follow=${follow}`,
        'hoopx-recording/1',
        signal,
      ),
  };
}

function segment(text: string): string {
  return encodeURIComponent(text);
}

function search(query: RequestQuery | RecordingQuery | PageQuery | undefined): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value === undefined) continue;
    for (const each of Array.isArray(value) ? value : [value]) parameters.append(name, `${each}`);
  }
  const text = parameters.toString();
  return text === '' ? '' : `?${text}`;
}

import type { Secret } from './secret.ts';

/** `json`: each record as the log has it, byte for byte. */
export type SinkFormat = 'json' | 'cef' | 'ocsf';

/** Where the gateway sends its audit records as they are written. */
export type AuditSink =
  | {
      readonly kind: 'syslog';
      readonly format: SinkFormat;
      readonly host: string;
      readonly port: number;
      /** Null: plain TCP, on this machine. PEM; `ca` null for the authorities that Node trusts. */
      readonly tls: {
        readonly ca: string | null;
        readonly cert: string | null;
        readonly key: Secret | null;
      } | null;
    }
  | {
      readonly kind: 'webhook';
      readonly format: SinkFormat;
      readonly url: string;
      readonly secret: Secret | null;
      readonly ca: string | null;
    };

/** For people and as a label: `syslog logs.example.com:6514`. */
export function sinkName(sink: AuditSink): string {
  if (sink.kind === 'webhook') return `webhook ${new URL(sink.url).host}`;
  const host = sink.host.includes(':') ? `[${sink.host}]` : sink.host;
  return `syslog ${host}:${sink.port}`;
}

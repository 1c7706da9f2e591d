import { X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import type { Secret } from '../core/secret.ts';
import type { ConfigPath } from './config-problem.ts';
import type { ReportProblem } from './consistency.ts';
import type { GatewayConfig } from './gateway-config.ts';

/** That certificates and keys are what they should be, and belong together. */
export function checkTlsMaterial(
  { gateway, connections, audit, tracing }: GatewayConfig,
  report: ReportProblem,
): void {
  if (gateway.tls !== null) checkTls({ ca: null, ...gateway.tls }, ['gateway', 'tls'], report);
  for (const [index, sink] of audit.sinks.entries()) {
    const tls = sink.kind === 'syslog' ? sink.tls : { ca: sink.ca, cert: null, key: null };
    if (tls !== null) checkTls(tls, ['audit', 'sinks', index], report);
  }
  if (tracing !== null) checkTls({ ca: tracing.ca, cert: null, key: null }, ['tracing'], report);
  for (const [name, connection] of Object.entries(connections)) {
    if (connection.type === 'http' && connection.browser !== undefined && gateway.tls !== null) {
      const at = ['connections', name, 'browser', 'host'];
      checkCovered(gateway.tls.cert, connection.browser.host, at, report);
    }
    if (connection.type === 'ssh') continue;
    checkTls(connection.tls, ['connections', name, 'tls'], report);
  }
}

/** Browsers would refuse it, and nobody could go on from there. */
function checkCovered(cert: string, host: string, at: ConfigPath, report: ReportProblem): void {
  try {
    if (new X509Certificate(cert).checkHost(host) !== undefined) return;
    report(at, 'is no name of the certificate in gateway.tls');
  } catch {
    // That it is no certificate has been reported.
  }
}

function checkTls(
  { ca, cert, key }: { ca: string | null; cert: string | null; key: Secret | null },
  at: ConfigPath,
  report: ReportProblem,
): void {
  try {
    if (ca !== null && !ca.includes('-----BEGIN CERTIFICATE-----')) {
      report([...at, 'ca'], 'is not a PEM certificate');
      return;
    }
    createSecureContext({
      ...(ca !== null && { ca }),
      ...(cert !== null && { cert }),
      ...(key !== null && { key: key.reveal() }),
    });
  } catch (error) {
    report(at, `cannot be used: ${error instanceof Error ? error.message : String(error)}`);
  }
}

import type { ReportProblem } from './consistency.ts';
import type { GatewayDocument } from './gateway-schema.ts';

/** That every host for browsers leads to one connection, over TLS, with a way to log in. */
export function checkBrowserHosts(document: GatewayDocument, report: ReportProblem): void {
  const { gateway, identity, connections } = document;
  const taken = new Set<string>();
  if (gateway.publicUrl !== undefined) taken.add(new URL(gateway.publicUrl).hostname);
  for (const [name, connection] of Object.entries(connections)) {
    if (connection.type !== 'http' || connection.browser === undefined) continue;
    const { browser } = connection;
    const path = ['connections', name, 'browser'];
    if (gateway.tls === undefined) {
      report(path, 'needs gateway.tls: browsers keep a login only over TLS that ends here');
    }
    if (taken.has(browser.host)) {
      report([...path, 'host'], 'leads to another connection, or to the gateway itself');
    }
    taken.add(browser.host);
    if (browser.identity === undefined) continue;
    if (!identity.some((each) => each.name === browser.identity)) {
      report([...path, 'identity'], 'is not the name of an entry of identity');
    }
  }
}

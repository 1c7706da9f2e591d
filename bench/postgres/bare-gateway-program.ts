import { loadGatewayConfig } from '../../src/config/load-gateway-config.ts';
import { loadAdapters } from '../../src/gateway/adapters.ts';
import { startGateway } from '../../src/gateway/gateway.ts';
import { createLog } from '../../src/log/log.ts';
import { createEphemeralCertificate } from '../../src/net/ephemeral-certificate.ts';
import { passThroughAdapter } from './pass-through-adapter.ts';

/** A gateway like the product's, around the adapter that decides nothing. Argument: its file. */
const file = process.argv[2];
const config = await loadGatewayConfig(file);
const log = createLog({ level: 'info', format: 'json', destination: process.stderr });
await startGateway(config, {
  clock: Date.now,
  log,
  version: 'bench',
  adapters: {
    ...(await loadAdapters()),
    postgres: passThroughAdapter(createEphemeralCertificate()),
  },
  readConfig: () => loadGatewayConfig(file),
});

import { loadGatewayConfig } from '../config/load-gateway-config.ts';
import { createLog, type LogLevel } from '../log/log.ts';
import { loadAdapters } from './adapters.ts';
import { startGateway } from './gateway.ts';
import { type SignalSource, untilStopped } from './stopping.ts';

export interface RunOptions {
  readonly config: string | undefined;
  readonly level: LogLevel;
  readonly version: string;
  readonly signals: SignalSource;
  readonly stderr: NodeJS.WriteStream;
}

/** `hoopx gateway start`: until a signal ends it. @throws UserError when it cannot start */
export async function runGateway(options: RunOptions): Promise<'finished' | 'forced'> {
  const config = await loadGatewayConfig(options.config);
  const log = createLog({
    level: options.level,
    format: options.stderr.isTTY ? 'lines' : 'json',
    destination: options.stderr,
  });
  const start = async () =>
    startGateway(config, {
      clock: Date.now,
      log,
      version: options.version,
      adapters: await loadAdapters(),
      readConfig: () => loadGatewayConfig(config.path),
    });
  return untilStopped(start, options.signals);
}

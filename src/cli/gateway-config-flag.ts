import { string } from '@oclif/core/flags';

/** The flag of every command that reads the gateway's configuration. */
export function gatewayConfigFlag() {
  return string({
    description: 'the configuration; hoopx.gateway.yaml here unless given',
    helpValue: 'FILE',
    env: 'HOOPX_GATEWAY_CONFIG',
  });
}

/** What the gateway tells its operators; pino's loggers are such. */
export interface GatewayLog {
  info(detail: object, message: string): void;
  warn(detail: object, message: string): void;
  error(detail: object, message: string): void;
}

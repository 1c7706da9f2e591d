/** What this folder tells the operators; pino's loggers are such. */
export interface AuditLogger {
  info(detail: object, message: string): void;
  warn(detail: object, message: string): void;
  error(detail: object, message: string): void;
}

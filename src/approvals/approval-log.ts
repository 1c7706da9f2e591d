/** What this folder tells the operators; pino's loggers are such. */
export interface ApprovalLog {
  warn(detail: object, message: string): void;
  error(detail: object, message: string): void;
}

/** Where a terminal writes what happened, for operators. A logger of pino is one. Never a PIN, token or body. */
export interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

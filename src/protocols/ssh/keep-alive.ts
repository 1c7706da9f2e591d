import type { Connection } from './connection/connection.ts';

const maxUnanswered = 3;
const nothing = Buffer.alloc(0);

/** Asks the server every `intervalMs` whether it is there, and ends the connection if it is not. */
export function keepAlive(connection: Connection, intervalMs: number): void {
  if (intervalMs <= 0) return;
  let unanswered = 0;
  const timer = setInterval(() => {
    if (unanswered >= maxUnanswered) {
      connection.transport.fail('the server does not answer any more');
      return;
    }
    unanswered += 1;
    // Refused as unknown is an answer too.
    void connection.ask('keepalive@openssh.com', nothing).then(() => {
      unanswered = 0;
    });
  }, intervalMs);
  timer.unref();
  connection.closed.addEventListener('abort', () => clearInterval(timer), { once: true });
}

import type { Duplex, Readable, Writable } from 'node:stream';

export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/** One command for the gateway's SSH server, and where what comes of it goes. */
export interface RemoteCommand {
  /** Connected to the gateway's SSH server; closed afterwards. */
  readonly stream: Duplex;
  /** The only host key to accept, as in known_hosts: `ssh-ed25519 AAAA…`. */
  readonly hostKey: string;
  readonly user: string;
  /** What the remote shell gets. */
  readonly command: string;
  /** Null: without a terminal. */
  readonly pty: (TerminalSize & { readonly term: string }) | null;
  /** Null: EOF at once. */
  readonly input: Readable | null;
  /** Written at their own pace, and not ended. */
  readonly stdout: Writable;
  readonly stderr: Writable;
  /** Called once when one of them takes no more; the rest is dropped. */
  readonly onOutputLost: () => void;
}

/** How the remote command, or the attempt to run it, ended. */
export type RemoteEnd =
  | { readonly kind: 'exited'; readonly code: number }
  /** `signal` without SIG: `TERM`. */
  | { readonly kind: 'killed'; readonly signal: string; readonly message: string | null }
  /** The gateway's last word, by the name of a refusal: nothing ran. */
  | { readonly kind: 'told'; readonly code: string; readonly message: string }
  /** The server would not take the command: nothing ran. */
  | { readonly kind: 'refused'; readonly message: string }
  /** The connection ended before the server had said how the command did. */
  | { readonly kind: 'lost'; readonly message: string };

export interface RemoteRun {
  /** Resolves when all output has been written; never rejects. */
  readonly end: Promise<RemoteEnd>;
  /** Whether the command has left: before that, nothing can have run. */
  sent(): boolean;
  /** RFC 4254, 6.9; `name` without SIG. */
  signal(name: 'INT' | 'TERM'): void;
  resize(size: TerminalSize): void;
  /** Hangs up. */
  close(): void;
}

/** Runs one command. */
export type RunRemoteCommand = (command: RemoteCommand) => RemoteRun;

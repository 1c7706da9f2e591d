import type { Script } from 'unbash';
import type { ShellCommand, SshClass } from '../../../core/facts.ts';
import { Gathering, type RsyncServer, type Scp } from './gathering.ts';
import { summarise } from './summary.ts';
import { TreeSizeError, TreeWalk } from './walk.ts';
import { QuotingError } from './words.ts';

/** What the text of an `exec` request (RFC 4254, 6.5) would start, as its shell reads it. */
export interface CommandReading {
  /** `plain` alone, or `opaque`, `unknown` or both. */
  readonly classes: readonly SshClass[];
  /** Every simple command, nested ones and those behind wrappers included. */
  readonly commands: readonly ShellCommand[];
  /** Targets of redirections but /dev/null, and what scp, rsync and git serve. */
  readonly paths: readonly string[];
  readonly hosts: readonly string[];
  readonly sudo: boolean;
  readonly redirects: boolean;
  readonly substitutions: boolean;
  /** `scp -t` and `scp -f` as the legacy scp client sends them, and nothing beside. */
  readonly scp: Scp | null;
  /** Where it is all that reads and writes; `sudo` may start it. */
  readonly rsync: RsyncServer | null;
  /** The tree for a reviewer, one line a node, indented by two spaces: what runs what. */
  readonly outline: readonly string[];
  /** One line for lists. */
  readonly summary: string;
  /** Why it is opaque or unknown, one sentence each; empty when plain. */
  readonly remarks: readonly string[];
}

const maxBytes = 64 * 1024;
/** Controls but tab and newline; half surrogates; what stands for bytes that were not UTF-8. */
const unreadable = /(?![\t\n])[\p{Cc}\p{Cs}\ufffd]/u;

/** Never throws for what the text says. */
export function readCommand(text: string): CommandReading {
  const out = new Gathering();
  if (text.length > maxBytes || Buffer.byteLength(text) > maxBytes) {
    out.unknown(`the command is longer than ${maxBytes} bytes`);
  } else if (unreadable.test(text)) {
    out.unknown('the command has control characters, or is not UTF-8');
  } else if (text.trim() === '') {
    out.unknown('the command is empty, which some servers take for a shell');
  } else {
    walk(text, out);
  }
  return reading(text, out);
}

function walk(text: string, out: Gathering): void {
  try {
    const script = new TreeWalk(out).text(text);
    if (out.commands.length === 0) out.opaque('it names no command');
    if (!isOneCommand(script, out)) out.rsync = null;
    if (out.scp !== null && !isAlone(script, out)) {
      out.scp = null;
      out.opaque('scp is started beside something else');
    }
  } catch (error) {
    if (error instanceof TreeSizeError || error instanceof RangeError) {
      out.unknown('the command is too long or too deeply nested to be checked');
    } else if (error instanceof QuotingError) {
      out.unknown('the quotes of the command can be read in more than one way');
    } else {
      // The parser's own failures, whatever they are: it meets text that strangers write.
      out.unknown('the command cannot be parsed');
    }
  }
}

function isAlone(script: Script, out: Gathering): boolean {
  return isOneCommand(script, out) && out.commands.length === 1;
}

function isOneCommand(script: Script, out: Gathering): boolean {
  const [statement, ...others] = script.commands;
  const command = statement?.command;
  if (command?.type !== 'Command' || others.length > 0 || statement?.background === true) {
    return false;
  }
  const bare = command.prefix.length === 0 && command.redirects.length === 0;
  return bare && !out.substitutions;
}

function reading(text: string, out: Gathering): CommandReading {
  const classes = [...out.classes].sort();
  return {
    classes: classes.length === 0 ? ['plain'] : classes,
    commands: out.commands,
    paths: [...out.paths],
    hosts: [...out.hosts],
    sudo: out.sudo,
    redirects: out.redirects,
    substitutions: out.substitutions,
    scp: out.scp,
    rsync: out.rsync,
    outline: out.outline,
    summary: summarise(text.slice(0, maxBytes), out.commands),
    remarks: [...out.remarks],
  };
}

import type { ShellCommand, SshClass } from '../../../core/facts.ts';
import type { ShellWord } from './words.ts';

/** The far end of a copy: `scp -t TARGET`, `scp -f SOURCE…`. */
export interface Scp {
  readonly direction: 'to' | 'from';
  /** As rules see them. */
  readonly paths: readonly string[];
  /** What the paths were written as. */
  readonly words: readonly ShellWord[];
  /** `-d`: the target has to be a folder. */
  readonly intoFolder: boolean;
}

/** The far end of rsync, `rsync --server …`: the words behind its name. */
export type RsyncServer = readonly ShellWord[];

const longestLine = 500;

/** Gathers facts while the tree of one command is walked. Everything but the outline is a set. */
export class Gathering {
  readonly classes = new Set<SshClass>();
  readonly paths = new Set<string>();
  readonly hosts = new Set<string>();
  readonly remarks = new Set<string>();
  readonly outline: string[] = [];
  sudo = false;
  redirects = false;
  substitutions = false;
  scp: Scp | null = null;
  rsync: RsyncServer | null = null;
  readonly #commands = new Map<string, ShellCommand>();
  #depth = 0;
  #label = '';

  get commands(): readonly ShellCommand[] {
    return [...this.#commands.values()];
  }

  opaque(remark: string): void {
    this.classes.add('opaque');
    this.remarks.add(remark);
  }

  unknown(remark: string): void {
    this.classes.add('unknown');
    this.remarks.add(remark);
  }

  command(words: readonly ShellWord[]): void {
    const name = words[0]?.text ?? '';
    const line = words.map((word) => word.text).join(' ');
    this.#commands.set(`${name}\0${line}`, { name, line });
  }

  /** One line of the outline. */
  line(text: string): void {
    const one = `${this.#label}${text}`.replace(/\r?\n/g, '⏎').replaceAll('\t', ' ');
    const cut = one.length > longestLine ? `${one.slice(0, longestLine - 1)}…` : one;
    this.outline.push(`${'  '.repeat(this.#depth)}${cut}`);
    this.#label = '';
  }

  /** Stands before the next line: `&& `, `| `. */
  label(text: string): void {
    this.#label = text;
  }

  within(body: () => void): void {
    this.#depth += 1;
    body();
    this.#depth -= 1;
  }
}

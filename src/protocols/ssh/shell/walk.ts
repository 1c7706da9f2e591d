import {
  type Command,
  forEachChild,
  type Pipeline,
  parse,
  type Redirection,
  type Script,
  type SyntaxNode,
  type Word,
} from 'unbash';
import { judgeCommand } from './commands.ts';
import { judgePart } from './expansions.ts';
import { judgeGaps } from './gaps.ts';
import type { Gathering } from './gathering.ts';
import { headerOf, isNodeKind, nodeKinds } from './node-kinds.ts';
import { judgeAssignment, judgeHereDoc, judgeOrder, judgeRedirect } from './redirections.ts';
import { judgeTest } from './test-expressions.ts';
import { harmlessInShell } from './variables.ts';
import { readAssignmentWord, readWord } from './words.ts';

const maxNodes = 5000;
const maxDepth = 64;

/** Thrown for trees larger or deeper than any command that people write. */
export class TreeSizeError extends Error {}

type Of<K extends SyntaxNode['type']> = Extract<SyntaxNode, { type: K }>;

/** Walks the whole tree, so that nothing is missed for being somewhere unusual. */
export class TreeWalk {
  readonly #out: Gathering;
  #nodes = 0;
  #depth = 0;
  #source = '';

  constructor(out: Gathering) {
    this.#out = out;
  }

  text(text: string): Script {
    const outer = this.#source;
    this.#source = text;
    const script = parse(text);
    this.node(script);
    this.#source = outer;
    return script;
  }

  node(node: SyntaxNode): void {
    this.#nodes += 1;
    this.#depth += 1;
    if (this.#nodes > maxNodes || this.#depth > maxDepth * 4) throw new TreeSizeError();
    if (!isNodeKind(node.type)) this.#out.unknown('a part of the command is of no known kind');
    else {
      const remark = nodeKinds[node.type];
      if (remark !== null) this.#out.opaque(remark);
      judgePart(node, this.#out);
      this.#shape(node);
    }
    this.#depth -= 1;
  }

  #shape(node: SyntaxNode): void {
    switch (node.type) {
      case 'Script':
        this.#script(node);
        break;
      case 'Command':
        this.#command(node);
        break;
      case 'Pipeline':
        this.#pipeline(node);
        break;
      case 'AndOr':
        this.#joined(node.commands, node.operators);
        break;
      case 'For':
      case 'Select':
        this.#loop(node);
        break;
      case 'If':
        this.#if(node);
        break;
      case 'While':
        this.#under(node.kind, node.clause);
        this.#under('do', node.body);
        break;
      case 'Case':
        this.#case(node);
        break;
      case 'Redirected':
        this.node(node.command);
        this.#out.within(() => this.#redirections(node.redirects));
        break;
      case 'TestCommand':
        judgeTest(node, this.#source.slice(node.pos, node.end), this.#out);
        this.#out.within(() => this.#parts(node));
        break;
      case 'CommandExpansion':
      case 'ArithmeticCommandExpansion':
      case 'ProcessSubstitution':
        this.#substitution(node);
        break;
      default:
        this.#plain(node);
    }
  }

  #plain(node: SyntaxNode): void {
    const header = headerOf(node);
    if (header === null) this.#parts(node);
    else this.#under(header, node);
  }

  #parts(node: SyntaxNode): void {
    forEachChild(node, (child) => this.node(child));
  }

  #under(header: string, node: SyntaxNode): void {
    this.#out.line(header);
    const whole = node.type === 'CompoundList' || node.type === 'Script';
    this.#out.within(() => (whole ? this.node(node) : this.#parts(node)));
  }

  #script(node: Of<'Script'>): void {
    const outer = this.#source;
    if (node.source !== undefined) this.#source = node.source;
    for (const error of node.errors ?? []) {
      this.#out.unknown(`the command does not parse: ${error.message}`);
    }
    this.#parts(node);
    this.#source = outer;
  }

  #substitution(
    node: Of<'CommandExpansion' | 'ArithmeticCommandExpansion' | 'ProcessSubstitution'>,
  ): void {
    this.#out.substitutions = true;
    const header = node.type === 'ProcessSubstitution' ? `${node.operator}( )` : '$( )';
    if (node.script === undefined) this.#out.unknown('a substitution cannot be read');
    else this.#under(header, node.script);
  }

  #joined(commands: readonly SyntaxNode[], operators: readonly string[]): void {
    commands.forEach((command, index) => {
      const operator = operators[index - 1];
      if (operator !== undefined) this.#out.label(`${operator} `);
      this.node(command);
    });
  }

  #pipeline(node: Pipeline): void {
    for (const prefix of node.prefixes) this.node(prefix);
    if (node.prefixes.some((prefix) => prefix.type === 'Time')) this.#timed(node);
    const negated = node.prefixes.some((prefix) => prefix.type === 'Negation');
    if (negated) this.#out.line('not');
    const pipe = () => this.#joined(node.commands, node.operators);
    if (negated) this.#out.within(pipe);
    else pipe();
  }

  /** A keyword of bash, a program to dash, which runs what follows as words. */
  #timed(node: Pipeline): void {
    const first = node.commands[0];
    this.#out.command([{ text: 'time', exact: 'time', prefix: 'time', many: false }]);
    if (first?.type !== 'Command' || first.name === undefined || first.prefix.length > 0) {
      this.#out.opaque('not every shell takes time for a keyword');
    }
  }

  #loop(node: Of<'For' | 'Select'>): void {
    const words = node.wordlist?.map((word) => word.value) ?? ['"$@"'];
    this.#out.line(`${node.type.toLowerCase()} ${node.name.text} in ${words.join(' ')}`);
    if (!harmlessInShell(node.name.text, null)) {
      this.#out.opaque(`a loop sets ${node.name.text}, which may change what the command means`);
    }
    this.#out.within(() => this.#parts(node));
  }

  #if(node: Of<'If'>): void {
    for (const branch of [node, ...node.elif]) {
      this.#under(branch.type === 'If' ? 'if' : 'elif', branch.clause);
      this.#under('then', branch.then);
    }
    if (node.else !== undefined) this.#under('else', node.else);
  }

  #case(node: Of<'Case'>): void {
    this.#out.line(`case ${node.word.value}`);
    this.#out.within(() => {
      this.node(node.word);
      for (const item of node.items) {
        this.#under(`${item.pattern.map((word) => word.text).join('|')})`, item);
      }
    });
  }

  #command(node: Command): void {
    const out = this.#out;
    judgeOrder(node, out);
    judgeGaps(node, this.#source, out);
    const words = node.name === undefined ? [] : [readWord(node.name)];
    for (const arg of node.args) {
      words.push(arg.type === 'Word' ? readWord(arg) : readAssignmentWord(arg));
    }
    const assignments = node.prefix.filter((part) => part.type === 'Assignment');
    out.line(words.map((word) => word.text).join(' ') || 'no command');
    out.within(() => {
      for (const one of assignments) {
        judgeAssignment(one, words.length > 0, out);
        out.line(`with ${one.text}`);
        out.within(() => this.#parts(one));
      }
      this.#redirections(node.redirects);
      for (const word of [...(node.name ? [node.name] : []), ...node.args]) this.#argument(word);
      if (words.length > 0) judgeCommand(words, out, (text) => this.#nested(text));
    });
  }

  #argument(word: Word | Of<'Assignment'>): void {
    if (word.type === 'Word') this.node(word);
    else this.#parts(word);
  }

  /** Text that a shell is told to run. */
  #nested(text: string): void {
    this.#out.line('script');
    this.#out.within(() => {
      this.#depth += 8;
      if (this.#depth > maxDepth * 4) throw new TreeSizeError();
      this.text(text);
      this.#depth -= 8;
    });
  }

  #redirections(list: readonly Redirection[]): void {
    for (const one of list) {
      if (one.descriptor !== undefined) this.node(one.descriptor);
      if (one.type === 'HereDoc') {
        judgeHereDoc(one, this.#out);
        this.#out.line(`${one.operator} ${one.body.text.split('\n').length - 1} lines of input`);
        this.#out.within(() => this.node(one.body));
        continue;
      }
      if (one.type === 'Redirect') judgeRedirect(one, this.#out);
      const { target } = one;
      this.#out.line(`${streamOf(one)}${one.operator} ${target?.value ?? ''}`);
      if (target !== undefined) this.#out.within(() => this.node(target));
    }
  }
}

/** `2` of `2>&1`. */
function streamOf({ descriptor }: Redirection): string {
  if (descriptor === undefined) return '';
  return descriptor.type === 'FileDescriptor' ? `${descriptor.value}` : `{${descriptor.name}}`;
}

// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are expansions of a shell
import { forEachChild, parse, type SyntaxNode } from 'unbash';
import { describe, expect, it } from 'vitest';
import { Gathering } from '../../../../src/protocols/ssh/shell/gathering.ts';
import { nodeKinds } from '../../../../src/protocols/ssh/shell/node-kinds.ts';
import { readCommand } from '../../../../src/protocols/ssh/shell/read-command.ts';
import { TreeWalk } from '../../../../src/protocols/ssh/shell/walk.ts';
import { bypasses } from './corpus-bypass.ts';
import { opaque, plain } from './corpus-classes.ts';

/** `rm` in every place of the grammar where a command can stand. */
const corners: readonly string[] = [
  'rm',
  '! rm',
  'time rm',
  'rm && x',
  'x || rm',
  'x | rm',
  'x |& rm',
  'rm &',
  'x; rm',
  '(rm)',
  '{ rm; }',
  '{ x; } >$(rm)',
  'if rm; then x; fi',
  'if x; then rm; fi',
  'if x; then x; elif rm; then x; fi',
  'if x; then x; elif x; then rm; fi',
  'if x; then x; else rm; fi',
  'while rm; do x; done',
  'until x; do rm; done',
  'for i in $(rm); do x; done',
  'for i; do rm; done',
  'select i in $(rm); do x; done',
  'select i in x; do rm; done',
  'for ((i=$(rm);;)); do x; done',
  'for ((;$(rm);)); do x; done',
  'for ((;;$(rm))); do x; done',
  'for ((;;)); do rm; done',
  'case $(rm) in x) x;; esac',
  'case x in $(rm)) x;; esac',
  'case x in x) x;; y|z) rm;; esac',
  'f() { rm; }',
  'f() { x; } >$(rm)',
  'coproc rm',
  'coproc x { rm; }',
  '((x + $(rm)))',
  '((x ? $(rm) : -(1)))',
  '[[ -n $(rm) ]]',
  '[[ x == $(rm) ]]',
  '[[ ! ( x && -n $(rm) ) ]]',
  'x $(rm)',
  'x `rm`',
  'x "$(rm)"',
  'x "`rm`"',
  'x $"$(rm)"',
  'x a$(rm)b',
  'x <(rm)',
  'x >(rm)',
  'x {a,$(rm)}',
  'x @(a|$(rm))',
  'x [$(rm)]',
  'x $((1 + $(rm)))',
  'x "$((1 + $(rm)))"',
  'x $[$(rm)]',
  'x ${y:-$(rm)}',
  'x ${y#$(rm)}',
  'x ${y/$(rm)/z}',
  'x ${y/z/$(rm)}',
  'x ${y:$(rm)}',
  'x ${y:0:$(rm)}',
  'x ${y^$(rm)}',
  'x ${y[$(rm)]}',
  'x "${y:-"$(rm)"}"',
  'x ${ rm; }',
  'y=$(rm)',
  'y[$(rm)]=z',
  'y=(a $(rm))',
  'y=([$(rm)]=z)',
  'export y=$(rm)',
  'y=$(rm) x',
  'x >$(rm)',
  'x {fd}>$(rm)',
  'x <<<$(rm)',
  'x <<E\n$(rm)\nE',
  'x <<E\n`rm`\nE',
  'x <<E\n${y:-$(rm)}\nE',
  'x $(y $(z "$(rm)"))',
  'x ${y@P} ${!y*} $(rm)',
  "x $'a' 'b' *? 2>&1 $(rm)",
  'x `y \\`rm\\``',
];

function kindsOf(node: SyntaxNode, into: Set<string>): Set<string> {
  into.add(node.type);
  forEachChild(node, (child) => kindsOf(child, into));
  return into;
}

/** Every object that can be reached by any property, enumerable or not, own or inherited. */
function reachable(node: unknown, seen: Set<object>): Set<object> {
  if (typeof node !== 'object' || node === null || seen.has(node)) return seen;
  seen.add(node);
  const names = new Set<string>();
  for (let at: object = node; at !== Object.prototype && at !== Array.prototype; ) {
    for (const name of Object.getOwnPropertyNames(at)) names.add(name);
    at = Object.getPrototypeOf(at);
  }
  for (const name of names) reachable(Reflect.get(node, name), seen);
  return seen;
}

function commandNames(text: string): string[] {
  const found = [...reachable(parse(text), new Set())];
  return found.flatMap((node) => {
    if (Reflect.get(node, 'type') !== 'Command') return [];
    const name: unknown = Reflect.get(node, 'name');
    return typeof name === 'object' && name !== null ? [String(Reflect.get(name, 'value'))] : [];
  });
}

it('a kind that is not in the table is unknown', () => {
  const script = parse('ls');
  const novel = { ...script, type: 'Novelty' } as unknown as SyntaxNode;
  const out = new Gathering();
  new TreeWalk(out).node(novel);
  expect([...out.classes]).toEqual(['unknown']);
});

it('the table has every kind that the parser makes, and no other', () => {
  const kinds = new Set<string>();
  for (const text of corners) kindsOf(parse(text), kinds);
  kindsOf(parse('x $y ${y%%z} ${y^^} ${y@Q} ${y*x} $((a++)) $(( `x` ))'), kinds);
  const table = Object.keys(nodeKinds);
  expect([...kinds].filter((kind) => !table.includes(kind))).toEqual([]);
  expect(table.filter((kind) => !kinds.has(kind))).toEqual([]);
});

describe('a command is seen wherever it stands', () => {
  it.each(corners)('%j', (text) => {
    expect(readCommand(text).commands.map(({ name }) => name)).toContain('rm');
  });

  it('as many as any property of the tree leads to', () => {
    const texts = [
      ...corners,
      ...bypasses,
      ...plain.map(([text]) => text),
      ...opaque.map(([t]) => t),
    ];
    for (const text of texts) {
      const read = readCommand(text);
      const names = read.commands.map(({ name }) => name);
      if (read.remarks.some((remark) => /too deep|cannot be parsed|more than one/.test(remark)))
        continue;
      expect(names, text).toEqual(expect.arrayContaining(commandNames(text)));
    }
  });
});

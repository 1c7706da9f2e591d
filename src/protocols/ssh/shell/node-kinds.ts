import type { SyntaxNode } from 'unbash';

type Kind = SyntaxNode['type'];

/**
 * Every kind of node of the parser's tree, and why a command that has one is opaque; null where
 * it is not, or not by that alone. Total: a kind that a new parser brings does not compile, and
 * at run time makes the command unknown.
 */
export const nodeKinds: Readonly<Record<Kind, string | null>> = {
  AndOr: null,
  AnsiCQuoted: null,
  ArithmeticBinary: null,
  ArithmeticCommand: 'some shells run (( … )) as a command within two subshells',
  ArithmeticCommandExpansion: 'arithmetic runs what the values of variables contain',
  ArithmeticExpansion: null,
  ArithmeticFor: 'arithmetic runs what the values of variables contain',
  ArithmeticGroup: null,
  ArithmeticTernary: null,
  ArithmeticUnary: null,
  ArithmeticWord: null,
  ArrayValue: null,
  Assignment: null,
  BraceExpansion: null,
  BraceGroup: null,
  Case: null,
  CaseItem: null,
  CaseModification: null,
  Command: null,
  CommandExpansion: null,
  CompoundList: null,
  Coproc: 'a coprocess runs beside the command',
  Default: null,
  DoubleQuoted: null,
  Elif: null,
  ExtendedGlob: null,
  FileDescriptor: null,
  FileDescriptorVariable: 'some shells run {name} before a redirection as a command',
  For: null,
  Function: 'a function is defined: its name no longer stands for the program',
  Glob: null,
  HereDoc: null,
  HereDocBody: null,
  HereDocDelimiter: null,
  HereString: null,
  If: null,
  Literal: null,
  LocaleString: null,
  Names: 'an expansion looks variables up by name',
  Negation: null,
  ParameterExpansion: null,
  Pipeline: null,
  ProcessSubstitution: null,
  Redirect: null,
  Redirected: null,
  Remove: null,
  Replace: null,
  Script: null,
  Select: 'not every shell takes select for a keyword',
  SimpleExpansion: null,
  SingleQuoted: null,
  Slice: null,
  Statement: null,
  Subshell: null,
  TestBinary: null,
  TestCommand: null,
  TestGroup: null,
  TestLogical: null,
  TestNot: null,
  TestUnary: null,
  Time: null,
  Transform: 'an expansion may run what a variable contains',
  Unknown: 'an expansion is of no known kind',
  While: null,
  Word: null,
};

export function isNodeKind(kind: string): kind is Kind {
  return Object.hasOwn(nodeKinds, kind);
}

/** How the outline heads what stands within; null for what is not seen there. */
export function headerOf(node: SyntaxNode): string | null {
  switch (node.type) {
    case 'Statement':
      return node.background === true ? 'in the background' : null;
    case 'Function':
    case 'Coproc':
      return `${node.type.toLowerCase()} ${node.name?.text ?? ''}`.trim();
    case 'Subshell':
      return '( )';
    case 'BraceGroup':
      return '{ }';
    case 'ArithmeticCommand':
    case 'ArithmeticFor':
      return '(( ))';
    default:
      return null;
  }
}

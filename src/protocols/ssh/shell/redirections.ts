import type { Assignment, Command, HereDoc, Redirect } from 'unbash';
import type { Gathering } from './gathering.ts';
import { knownPath } from './paths.ts';
import { harmlessInEnvironment, harmlessInShell } from './variables.ts';
import { dequote, readWord } from './words.ts';

const descriptor = /^(\d+-?|-)$/;
const network = /^\/dev\/(?:tcp|udp)\/([^/]+)/;

/** `/dev/null` is no file that a rule could care about: neither a path nor a redirection. */
export function judgeRedirect(node: Redirect, out: Gathering): void {
  if (node.target === undefined) {
    out.unknown('a redirection has no target');
    return;
  }
  const word = readWord(node.target);
  const number = node.descriptor?.type === 'FileDescriptor' ? node.descriptor.value : 0;
  if (number > 9) out.opaque(`not every shell reads ${number}${node.operator} as a redirection`);
  if (node.operator.endsWith('&') && word.exact !== null && descriptor.test(word.exact)) return;
  const path = knownPath(word);
  if (path === '/dev/null') return;
  out.redirects = true;
  out.paths.add(path ?? word.text);
  if (path === null) out.opaque(`an expansion decides which file ${word.text} is`);
  if (node.operator === '<&') out.opaque(`an expansion decides which stream ${word.text} is`);
  const host = network.exec(path ?? '')?.[1];
  if (host === undefined) return;
  out.hosts.add(host);
  out.opaque(`a redirection of bash connects to ${host}`);
}

/** dash takes `a &>f b` for three commands, the last of which is `b`. */
export function judgeOrder(node: Command, out: Gathering): void {
  const parts = [...node.prefix, ...(node.name ? [node.name] : []), ...node.suffix];
  const at = parts.findIndex((part) => part.type === 'Redirect' && part.operator.startsWith('&'));
  const after = at < 0 ? [] : parts.slice(at + 1);
  if (after.some((part) => part.type === 'Word' || part.type === 'Assignment')) {
    out.unknown('not every shell reads &> as a redirection, and words follow it');
  }
}

/** The delimiter must be one that every shell reads alike, or the document has another end. */
export function judgeHereDoc(node: HereDoc, out: Gathering): void {
  const { delimiter } = node;
  const word = delimiter === undefined ? null : dequote(delimiter.text);
  if (node.closing === undefined || delimiter === undefined || word === null) {
    out.unknown('a here-document has no end');
  } else if (!word.complete || word.known !== delimiter.value || !/^[\w.!-]+$/.test(word.known)) {
    out.unknown('the delimiter of a here-document is not plain');
  }
}

/** @param command whether a program is started with it */
export function judgeAssignment(node: Assignment, command: boolean, out: Gathering): void {
  const value = node.value.type === 'Word' ? readWord(node.value).exact : null;
  if (node.append === true || node.index !== undefined || node.value.type === 'ArrayValue') {
    out.opaque(`not every shell takes ${node.name}… for an assignment`);
    return;
  }
  const harmless = command ? harmlessInEnvironment : harmlessInShell;
  if (!harmless(node.name, value)) setsVariable(node.name, out);
}

export function setsVariable(name: string, out: Gathering): void {
  out.opaque(`the variable ${name} is set, which may change what the command means`);
}

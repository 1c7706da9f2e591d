// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are expansions of a shell
import fc from 'fast-check';

const fragments = [
  ...['rm', 'm1', 'm2', ' ', ' ', ' ', '\t', '\n', '$(m1)', '`m2`', '"', "'", '\\', ';', '&', '|'],
  ...['&&', '||', '(', ')', '{ ', ' }', '<', '>', '<<E\n', '\nE\n', '$', '${x:-', '}', "$'", '#'],
  ...['! ', 'time ', 'if ', 'then ', ' fi', 'for x in ', ' do ', ' done', 'case x in ', ' esac'],
  ...['[[ ', ' ]]', '((', '))', '$((', '=', 'x=', 'a[', '+=', '*', '?', '~', '{m1,m2}', ' &>f '],
  ...[' >&f ', ' 2>&1 ', '<(', '>(', ' >f', ' <<<x ', '"$x"', '$x', 'eval ', '$"', '@(', '!('],
  ...[';;', ';&', '\u00a0', 'é', 'test ', 'env ', 'nice ', 'exec ', 'command ', '|&', '$[', '${x#'],
  ...['"${x:-', "\\'", '\\"', '\\\n', 'time -p ', '{fd}>f ', '10>f ', 'nohup ', 'select x in '],
  ...['function x ', 'coproc ', '<<-"E"\n', '$m1', '=m1', "''", '""', '$@', '${x//', '-v ', '[ '],
  ...[' ]', 'timeout 5 ', 'unset ', '<<\\E\n', 'x ', 'm1 ', 'rm '],
];

/** Mostly nonsense: what does not parse is unknown, and what does must be read right. */
export const gluedText = fc
  .array(fc.constantFrom(...fragments), { minLength: 1, maxLength: 9 })
  .map((parts) => parts.join(''));

const pick = (...texts: string[]) => fc.constantFrom(...texts);
const joined = (...parts: fc.Arbitrary<string>[]) => fc.tuple(...parts).map((all) => all.join(''));

const { command } = fc.letrec<Record<'command' | 'simple' | 'word' | 'quoted', string>>((tie) => ({
  quoted: fc.oneof(
    pick('a b', '`m1 \\"x\\"`', '$x', '${x:-"$(m1)"}', "${x:-'$(rm)'}", "'$(m2)'", '\\$(rm)'),
    pick('\\`rm\\`', 'a\\\nb', '${x#"}"}$(m1)', '`m1 \\$(m2)`', '$(m1 "$(m2)")', "${x%'}'}"),
    joined(pick('$('), tie('command'), pick(')')),
  ),
  word: fc.oneof(
    pick('m1', 'm2', 'rm', 'x', "'a b'", "'m1;rm'", "'$(rm)'", "'\\'", '`m1`', '`m1 \\"a\\"`'),
    pick('`m1 \\`m2\\``', '${x:-a}', '${x:-"b"}', '${x:-$(m1)}', "${x:-'c'}", '$x', '\\m1', '*'),
    pick('a{b,c}', "$'a\\'b'", '$"m1"', '~', '$((1+2))', '$(( $(m1) ))', '<(m1)', 'a#b', 'x=y'),
    pick('é\u00a0z', '[a]', '!', '{', '}', '-v'),
    joined(pick('"'), tie('quoted'), pick('"')),
    joined(pick('$('), tie('command'), pick(')')),
  ),
  simple: joined(
    pick('', '', '', '', 'x=1 ', 'LANG=C ', 'x+=y ', '! ', 'time ', '>f ', '2>&1 ', '&>f ', 'env '),
    pick(
      'm1',
      'm2',
      'rm',
      'm3',
      '\\rm',
      "r''m",
      '"m1"',
      'm\\1',
      'm\\\n1',
      'echo',
      'env m1',
      'nice m2',
    ),
    fc
      .array(joined(pick(' ', ' ', '\t', '\\\n ', ''), tie('word')), { maxLength: 3 })
      .map((words) => words.join('')),
    pick('', '', '', '', ' >f', ' 2>&1', ' &>f', ' &>f y', ' >&f', ' <f', ' <<<"$(m1)"', ' # m1'),
    pick('', '', '', '', ' <<E\n$(m2) `m1`\nE\n', " <<'E'\n$(rm)\nE\n", ' #m1\nm2', ' >|f'),
  ),
  command: fc.oneof(
    { maxDepth: 3, depthIdentifier: 'command' },
    tie('simple'),
    joined(tie('command'), pick('; ', '&&', '||', '|', '&', '\n', ' |& '), tie('command')),
    joined(pick('('), tie('command'), pick(')')),
    joined(pick('{ '), tie('command'), pick('; }', '\n}', '; } &>f')),
    joined(pick('if '), tie('command'), pick('; then '), tie('command'), pick('; fi', '\nfi')),
    joined(pick('for x in m1 $(m2); do '), tie('command'), pick('; done')),
    joined(pick('case x in x) '), tie('command'), pick(';; m1) rm;; esac', '\nesac')),
    joined(pick('while '), tie('command'), pick('; do '), tie('command'), pick('; break; done')),
    joined(
      pick('! ', 'time ', '!(', '((', '[[ a =~ b|'),
      tie('command'),
      pick('', ')', '))', ' ]]'),
    ),
  ),
}));

const damage = fc.array(fc.tuple(fc.nat(200), fc.nat(2), fc.constantFrom('', ...fragments)), {
  maxLength: 2,
});

/** Sound commands, some of them with a few characters taken out or put in. */
export const grammaticalText = fc.tuple(command, damage).map(([text, changes]) =>
  changes.reduce((so, [at, length, put]) => {
    const place = at % (so.length + 1);
    return so.slice(0, place) + put + so.slice(place + length);
  }, text),
);

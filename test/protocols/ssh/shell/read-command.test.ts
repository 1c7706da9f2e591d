// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are expansions of a shell
import { describe, expect, it } from 'vitest';
import { readCommand } from '../../../../src/protocols/ssh/shell/read-command.ts';
import { opaque, plain, unknown } from './corpus-classes.ts';

function lines(text: string): string[] {
  return readCommand(text).commands.map(({ line }) => line);
}

describe('what cannot be read is unknown', () => {
  it.each(unknown)('%j', (text) => {
    const reading = readCommand(text);
    expect(reading.classes).toContain('unknown');
    expect(reading.classes).not.toContain('plain');
    expect(reading.remarks.length).toBeGreaterThan(0);
  });

  it('more than 64 KiB, counted in bytes', () => {
    expect(readCommand(`ls ${'x'.repeat(64 * 1024 - 3)}`).classes).toEqual(['plain']);
    expect(readCommand(`ls ${'x'.repeat(64 * 1024 - 2)}`).classes).toEqual(['unknown']);
    expect(readCommand(`ls ${'é'.repeat(32 * 1024)}`).classes).toEqual(['unknown']);
  });

  it.each([
    ['many commands', 'ls;'.repeat(10_000)],
    ['substitutions', `${'$('.repeat(300)}ls${')'.repeat(300)}`],
    ['subshells', `${'('.repeat(2000)}ls${')'.repeat(2000)}`],
    ['negations', '! '.repeat(20_000)],
    ['wrappers', `${'env '.repeat(16_000)}ls`],
    ['scripts', nestedScripts(9)],
    ['parameters', `${'${x:-'.repeat(1000)}${'}'.repeat(1000)}`],
    ['brackets', '['.repeat(60_000)],
    ['braces', `ls ${'{a,'.repeat(20_000)}`],
    ['here-documents', 'cat <<E\n'.repeat(8000)],
    ['backslashes', `ls ${'\\'.repeat(60_000)}`],
    ['sed', `sed '${'s/a/b/;'.repeat(8000)}!' x`],
    ['parameter operand', `ls \${x:-${'$a'.repeat(30_000)}!}`],
  ])('or costs little: %s', (_, text) => {
    const start = performance.now();
    expect(readCommand(text).classes.length).toBeGreaterThan(0);
    expect(performance.now() - start).toBeLessThan(2000);
  });

  it('a tree too large or too deep', () => {
    expect(readCommand('ls;'.repeat(10_000)).classes).toContain('unknown');
    expect(readCommand(`${'$('.repeat(300)}ls${')'.repeat(300)}`).classes).toContain('unknown');
    expect(readCommand(`${'env '.repeat(16_000)}ls`).classes).toContain('unknown');
  });
});

function nestedScripts(depth: number): string {
  let text = 'rm';
  for (let level = 0; level < depth; level += 1) text = `sh -c '${text.replaceAll("'", `'\\''`)}'`;
  return text;
}

describe('what the tree does not tell is opaque', () => {
  it.each(opaque.map((row) => ({ text: row[0], commands: row.slice(1) })))(
    '$text',
    ({ text, commands }) => {
      const reading = readCommand(text);
      expect(reading.classes).toContain('opaque');
      expect(reading.classes).not.toContain('plain');
      expect(lines(text)).toEqual(expect.arrayContaining(commands));
      expect(reading.remarks.length).toBeGreaterThan(0);
    },
  );
});

describe('everything else is plain, with every command', () => {
  it.each(plain.map((row) => ({ text: row[0], commands: row.slice(1) })))(
    '$text',
    ({ text, commands }) => {
      const reading = readCommand(text);
      expect({ classes: reading.classes, remarks: reading.remarks }).toEqual({
        classes: ['plain'],
        remarks: [],
      });
      expect(lines(text).sort()).toEqual([...commands].sort());
    },
  );
});

describe('names', () => {
  it.each([
    ['\\rm x', 'rm'],
    ["$'\\x72m' x", 'rm'],
    ['"rm" x', 'rm'],
    ["r''m x", 'rm'],
    ['/bin/../bin/rm x', '/bin/../bin/rm'],
    ['$X y', '$X'],
  ])('%s', (text, name) => {
    expect(readCommand(text).commands[0]?.name).toBe(name);
  });
});

describe('paths', () => {
  it.each([
    ['a > /srv/../etc/x', ['/etc/x']],
    ['a >> x/./y', ['x/y']],
    ['a < //x', ['/x']],
    ['a > ~/x', ['~/x']],
    ['a 2> "a b"', ['a b']],
    ['a > /dev/null 2>&1 < /dev/null', []],
    ['a > /dev/../dev/null', []],
    ['a &> x', ['x']],
    ['a >& x', ['x']],
    ['{ a; } > x', ['x']],
    ['(a) > x', ['x']],
    ['while a; do b; done < x', ['x']],
    ['echo $(a > x)', ['x']],
    ['echo $(< x)', ['x']],
    ['bash -c "a > /x"', ['/x']],
    ['a > $X', ['$X']],
    ['scp -t /srv//x/../y', ['/srv/y']],
    ['scp -f ~/x /y/*.log', ['~/x', '/y/*.log']],
    ['scp -r -f -- -x', ['-x']],
    ["git-receive-pack '/srv/a.git'", ['/srv/a.git']],
    ['rsync --server -re.iLsfxCIvu --log-file=/x . /srv/y', ['/x', '/srv/y']],
  ])('%s', (text, paths) => {
    expect(readCommand(text).paths).toEqual(paths);
  });

  it.each([
    ['a > x', true],
    ['a < x', true],
    ['a 2>/dev/null', false],
    ['a 2>&1', false],
    ['a <<E\nx\nE', false],
    ['a | b', false],
  ])('%j redirects: %s', (text, redirects) => {
    expect(readCommand(text).redirects).toBe(redirects);
  });

  it.each([
    'a > ~root/x',
    'a > ~/$X',
    'a > ~/../x',
    'scp -f /srv/{a,b}',
    'scp -f ../*/x',
    'scp -f $X',
  ])('that cannot be known are opaque: %s', (text) => {
    expect(readCommand(text).classes).toEqual(['opaque']);
  });
});

describe('hosts', () => {
  it.each([
    ['ssh h', ['h']],
    ['ssh -p 22 u@h ls', ['h']],
    ['ssh -J a,u@b c', ['a', 'b', 'c']],
    ['ssh ssh://u@h:22', ['h']],
    ['scp x u@h:/y', ['h']],
    ['scp a:x [::1]:y', ['a', '[::1]']],
    ['rsync -a x h::m/y', ['h']],
    ['rsync rsync://h/x y', ['h']],
    ['sudo ssh h', ['h']],
    ['a > /dev/tcp/h/80', ['h']],
    ['ls /x:y ./a:b', []],
  ])('%s', (text, hosts) => {
    expect(readCommand(text).hosts).toEqual(hosts);
  });
});

describe('another user', () => {
  it.each([
    'sudo a',
    '/usr/bin/sudo a',
    'su',
    'doas a',
    'pkexec a',
    'echo $(sudo a)',
    'nice sudo a',
  ])('%s', (text) => {
    expect(readCommand(text).sudo).toBe(true);
  });

  it.each(['echo sudo', 'ls /usr/bin/sudo'])('not: %s', (text) => {
    expect(readCommand(text).sudo).toBe(false);
  });
});

describe('substitutions', () => {
  it.each(['a $(b)', 'a `b`', 'a <(b)', 'a > "$(b)"', 'x=$(b)', 'a <<E\n$(b)\nE'])('%j', (text) => {
    expect(readCommand(text).substitutions).toBe(true);
  });

  it.each(["a '$(b)'", 'a \\$\\(b\\)', 'a $b', "a <<'E'\n$(b)\nE"])('not: %j', (text) => {
    expect(readCommand(text).substitutions).toBe(false);
  });
});

describe('scp as its client starts it', () => {
  it.each([
    ['scp -t /x', { direction: 'to', paths: ['/x'], intoFolder: false }],
    ['scp -r -p -d -v -t -- /x/', { direction: 'to', paths: ['/x/'], intoFolder: true }],
    ['scp -qf /x /y', { direction: 'from', paths: ['/x', '/y'], intoFolder: false }],
    ['scp /x h:/y', null],
    ['scp -t /x &', null],
    ['scp -t /x > y', null],
    ['LANG=C scp -t /x', null],
    ['! scp -t /x', null],
    ['(scp -t /x)', null],
    ['env scp -t /x', null],
    ['scp -t /x-$(ls)', null],
  ])('%s', (text, scp) => {
    const reading = readCommand(text);
    if (scp === null) expect(reading.scp).toBeNull();
    else expect(reading.scp).toMatchObject(scp);
    if (scp === null) expect(reading.classes).toEqual(['opaque']);
  });
});

describe('the outline', () => {
  it('shows what runs what', () => {
    const text = 'cd /srv && sudo -u app sh -c "rm x | cat" > log 2>&1 || echo "$(date)" &';
    expect(readCommand(text).outline).toEqual([
      'in the background',
      '  cd /srv',
      '  && sudo -u app sh -c rm x | cat',
      '    > log',
      '    2>& 1',
      '    runs sh -c rm x | cat',
      '      script',
      '        rm x',
      '        | cat',
      '  || echo $(date)',
      '    $( )',
      '      date',
    ]);
  });

  it('keeps a node on one line', () => {
    for (const text of [
      'echo "a\nb"',
      'x="a\nb" c',
      'cat <<E\na\nb\nE',
      'for i in "a\nb"; do c; done',
    ]) {
      expect(readCommand(text).outline.join('')).not.toMatch(/[\n\t]/);
    }
  });
});

describe('the summary', () => {
  it('is the text, on one line', () => {
    expect(readCommand('ls  -l\n  rm x ').summary).toBe('ls -l ⏎ rm x');
  });

  it('lets no command hide behind a long one', () => {
    const { summary } = readCommand(`echo ${'x'.repeat(500)}; rm -rf /srv`);
    expect(summary.length).toBeLessThanOrEqual(200);
    expect(summary).toMatch(/^2 commands: echo x+…; rm -rf \/srv$/);
  });

  it('is short for what cannot be read', () => {
    expect(readCommand('"'.repeat(100_000)).summary.length).toBeLessThanOrEqual(200);
  });
});

describe('the far end of rsync', () => {
  it.each([
    'rsync --server -re.iLsfxCIvu . /srv/y; ls',
    'rsync --server -re.iLsfxCIvu . /srv/y > /tmp/x',
    'rsync --server -re.iLsfxCIvu . /srv/y | cat',
    'X=y rsync --server -re.iLsfxCIvu . /srv/y',
    'rsync --server -re.iLsfxCIvu . "$(ls)"',
    'rsync --server -re.iLsfxCIvu . /srv/y &',
    'rsync -a /srv/x /srv/y',
  ])('is not read beside something else: %s', (text) => {
    expect(readCommand(text).rsync).toBeNull();
  });

  it.each([
    'rsync --server -re.iLsfxCIvu . /srv/a\\ b',
    'sudo rsync --server -re.iLsfxCIvu . "/srv/a b"',
    "/usr/bin/rsync --server -re.iLsfxCIvu . '/srv/a b'",
  ])('is read where it is all there is: %s', (text) => {
    const words = readCommand(text).rsync?.map(({ exact }) => exact);
    expect(words).toEqual(['--server', '-re.iLsfxCIvu', '.', '/srv/a b']);
  });
});

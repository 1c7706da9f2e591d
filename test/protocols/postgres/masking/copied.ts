import { execFile } from 'node:child_process';

/** A table of which every value is awkward to somebody who reads COPY data. */
export const awkward = `
create table awkward (id int, secret text, note text, n int, tags text[], j jsonb,
  gen text generated always as (upper(secret)) stored);
insert into awkward (id, secret, note, n, tags, j) values
 (1, 'zq7plain', 'note', 7, array['zq7tag'], '{"a": "zq7json"}'),
 (2, E'zq7\\ttab|pipe,comma;semi', E'a\\tb|c,d;e', 7, array['zq7'], '["zq7"]'),
 (3, E'zq7 line\\nbreak\\r\\nand "quotes" ''too'' \\\\ back', E'x\\ny "q" \\\\', null, null, null),
 (4, null, null, 0, '{}', '{}'),
 (5, '', '', -1, null, null),
 (6, '\\.', '\\.', 1, null, null),
 (7, '\\N', '\\N', 1, null, null),
 (8, 'NULL', 'NULL', 1, null, null),
 (9, '[masked]', '[masked]', 1, null, null),
 (10, 'zq7 ünï ⛄ ' || chr(1) || chr(8), 'ünï ⛄ ' || chr(1) || chr(127), 1, null, null),
 (11, '"', '"', 1, null, null);
`;

/** Ways to write the rows; \`csv\` and \`text\` are read back by PostgreSQL itself. */
export const writings: readonly string[] = [
  '',
  'header',
  "delimiter '|'",
  "delimiter ','",
  "delimiter 'N', null 'nil'",
  "null ''",
  "null 'NULL'",
  "null '[masked]'",
  'format csv',
  'format csv, header',
  "format csv, delimiter ';', header true",
  "format csv, quote '|'",
  "format csv, quote '''', escape '\\'",
  "format csv, escape 'x', delimiter '|'",
  'format csv, force_quote *',
  'format csv, force_quote (secret, note)',
  "format csv, null 'NULL'",
  "format csv, null '[masked]'",
  "format csv, delimiter E'\\t', quote 'q', escape 'z'",
  "format csv, encoding 'utf-8'",
  'format binary',
];

/** What psql puts out, byte for byte. */
export function psqlBytes(url: string, ...args: readonly string[]): Promise<Said> {
  return new Promise((resolve) => {
    const options = { maxBuffer: 1 << 26, encoding: 'buffer' } as const;
    const env = { ...process.env, PGOPTIONS: '' };
    execFile('psql', ['-X', '-q', url, ...args], { ...options, env }, (_error, out, err) => {
      resolve({ stdout: out, stderr: err.toString() });
    });
  });
}

/** The same for each of these in one session; what it said beside that has to be nothing. */
export async function copies(url: string, statements: readonly string[]): Promise<Buffer[]> {
  const separator = '=== hoopx ===';
  const args = statements.flatMap((sql) => ['-c', sql, '-c', `\\echo ${separator}`]);
  const { stdout, stderr } = await psqlBytes(url, ...args);
  if (stderr !== '') throw new Error(stderr);
  const found: Buffer[] = [];
  for (let from = 0; found.length < statements.length; ) {
    const end = stdout.indexOf(separator, from);
    found.push(stdout.subarray(from, end));
    from = end + separator.length + 1;
  }
  return found;
}

interface Said {
  readonly stdout: Buffer;
  readonly stderr: string;
}

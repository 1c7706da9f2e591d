import { demoConnection } from './gateway-file.ts';
import { sampleTables } from './sample.ts';
import type { Demo } from './start-demo.ts';
import type { Style } from './style.ts';

export interface HowToGoOn {
  /** What a person types for hoopx. */
  readonly hoopx: string;
  /** What it needs to find this gateway, with a space before it; mostly nothing. */
  readonly flags: string;
  readonly psql: boolean;
  readonly style: Style;
}

/** What is where, and what to type in other terminals. */
export function demoScreen(demo: Demo, how: HowToGoOn): readonly string[] {
  const { gateway, provider, target, folder } = demo;
  const { hoopx, flags, style } = how;
  const accounts = provider.accounts.map(({ name }) => name).join(', ');
  const end = folder.kept
    ? `Ctrl-C ends it; ${folder.dir} is kept.`
    : 'Ctrl-C ends it and removes all of it.';
  return [
    style.title('The demo is ready.'),
    '',
    `  Gateway     ${gateway}`,
    `  Login       ${provider.issuer}`,
    `              ${accounts}: no passwords`,
    `  PostgreSQL  ${target.host}:${target.port}, database ${target.database}: ${sampleTables.join(', ')}`,
    `              reached as ${demoConnection}; the gateway has its password`,
    `  Rules       ${folder.config}`,
    '              what you save there takes effect at once',
    ...target.remarks.map((remark) => `  Note        ${remark}`),
    '',
    'In a second terminal, be the engineer:',
    '',
    `  ${style.command(`${hoopx} login --as engineer${flags}`)}`,
    ...requesterLines(how),
    '',
    'In a third, be the reviewer:',
    '',
    `  ${style.command(`${hoopx} login --as reviewer --profile reviewer${flags}`)}`,
    `  ${style.command(`${hoopx} approve --profile reviewer${flags}`)}`,
    `  ${style.dim('or, without the screen:')}`,
    `  ${style.command(`${hoopx} approve ID --yes --profile reviewer${flags}`)}`,
    '',
    end,
  ];
}

function requesterLines({ hoopx, flags, psql, style }: HowToGoOn): readonly string[] {
  const read = 'select * from orders;';
  const write = "delete from orders where status = 'cancelled';";
  if (psql) {
    return [
      `  ${style.command(`${hoopx} connect ${demoConnection}${flags} -- psql`)}`,
      `  ${style.dim(`then  ${read}  passes, and`)}`,
      `  ${style.dim(`      ${write}  waits for a reviewer`)}`,
    ];
  }
  return [
    `  ${style.command(`${hoopx} exec ${demoConnection}${flags} "${read}"`)}`,
    `  ${style.command(`${hoopx} exec ${demoConnection}${flags} "${write}"`)}`,
    `  ${style.dim(`or any PostgreSQL client at what  ${hoopx} connect ${demoConnection}${flags}  prints`)}`,
  ];
}

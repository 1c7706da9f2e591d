import type { RequestView } from '../../control/contract.ts';
import { demoConnection } from '../gateway-file.ts';
import { expect } from './check.ts';
import type { Run } from './person.ts';
import { profiles, type Scene } from './scene.ts';

export interface Step {
  readonly title: string;
  /** How long a person looks at what it showed. */
  readonly readForMs: number;
  run(scene: Scene): Promise<void>;
}

const asReviewer = ['--profile', profiles.reviewer];
const removable = "status = 'cancelled'";
const read = 'SELECT status, count(*), sum(total) FROM orders GROUP BY status ORDER BY status';
const write = `DELETE FROM orders WHERE ${removable}`;
const drop = 'DROP TABLE orders CASCADE';

/** What an earlier step leaves to the next. */
interface Held {
  readonly run: Run;
  readonly id: string;
  readonly rows: number;
  reviewed: RequestView | null;
}

/** In this order. Each looks for itself whether what it shows has happened, and throws a `TourError`. */
export function tourSteps(): readonly Step[] {
  let held: Held | null = null;
  const waiting = (): Held => {
    expect(held !== null, 'nothing is held');
    return held;
  };
  return [
    { title: 'Two people log in', readForMs: 1_500, run: logIn },
    { title: 'A read passes', readForMs: 3_000, run: readPasses },
    {
      title: 'A write is held, inside the session',
      readForMs: 3_500,
      run: async (scene) => {
        held = await writeIsHeld(scene);
      },
    },
    {
      title: 'The reviewer sees exactly what would run',
      readForMs: 7_000,
      run: (scene) => cardIsShown(scene, waiting()),
    },
    {
      title: 'Approved, the very bytes that were held run, once',
      readForMs: 4_000,
      run: (scene) => itRuns(scene, waiting()),
    },
    { title: 'A drop is refused, whoever asks', readForMs: 3_500, run: dropIsRefused },
  ];
}

async function logIn(scene: Scene): Promise<void> {
  const { type, engineer, reviewer, pause } = scene;
  const first = await type('engineer', ['login', '--as', 'engineer']).ended;
  expect(first === 0, 'the engineer could not log in');
  await pause(800);
  const second = await type('reviewer', ['login', '--as', 'reviewer', ...asReviewer]).ended;
  expect(second === 0, 'the reviewer could not log in');
  const names = [(await engineer.whoami()).subject, (await reviewer.whoami()).subject];
  expect(`${names}` === 'engineer,reviewer', `the gateway takes them for ${names.join(' and ')}`);
}

async function readPasses(scene: Scene): Promise<void> {
  const truth = await scene.demo.target.query(read);
  const run = scene.type('engineer', sql(scene, read));
  expect((await run.ended) === 0, 'the read failed');
  for (const { status, count } of truth) {
    const row = new RegExp(`^\\W*${status}\\W+${count}\\b`, 'm');
    expect(row.test(run.output()), `the answer does not say that ${count} are ${status}`);
  }
  expect(truth.length > 0, 'there was nothing to read');
  const { items } = await scene.engineer.listRequests({ mine: true });
  const wasHeld = items.some(({ presentation }) => presentation.statement.trim() === read);
  expect(!wasHeld, 'the read was held');
}

async function writeIsHeld(scene: Scene): Promise<Held> {
  const rows = await countOf(scene, removable);
  expect(rows > 0, 'there is nothing to delete');
  const run = scene.type('engineer', sql(scene, write));
  const id = await run.said(/\breq_[A-Za-z0-9_-]+/);
  expect(id !== null, 'nobody was told of a request; the write was not held');
  const { items } = await scene.reviewer.listRequests({ state: ['pending'] });
  expect(
    items.some((request) => request.id === id),
    `the gateway does not hold ${id}`,
  );
  await scene.pause(2_500);
  expect((await countOf(scene, removable)) === rows, 'rows are gone, though nobody approved');
  remark(scene, `Asked directly, PostgreSQL still has ${rows} cancelled orders.`);
  return { run, id, rows, reviewed: null };
}

async function cardIsShown(scene: Scene, held: Held): Promise<void> {
  const { reviewer, card, columns, show } = scene;
  const request = await reviewer.request(held.id);
  expect(request.presentation.statement.trim() === write, 'the card shows another statement');
  expect(request.mayDecide, `the reviewer may not decide: ${request.mayNotDecideBecause}`);
  const own = await scene.engineer.request(held.id);
  expect(!own.mayDecide, 'the engineer could approve their own request');
  for (const line of card(request, columns).split('\n')) show(line);
  held.reviewed = request;
}

async function itRuns(scene: Scene, held: Held): Promise<void> {
  const { id, run, rows, reviewed } = held;
  expect(reviewed !== null, 'nobody has looked at it');
  const digest = ['--digest', reviewed.digest];
  const approval = scene.type('reviewer', ['approve', id, '--yes', ...digest, ...asReviewer]);
  expect((await approval.ended) === 0, 'it could not be approved');
  expect((await run.ended) === 0, 'it did not run after it was approved');
  const after = await countOf(scene, removable);
  expect(after === 0, `${after} rows are still there`);
  const { state, outcome } = await scene.reviewer.request(id);
  expect(state === 'succeeded', `the gateway says that it ${state}`);
  expect(outcome?.rowCount === rows, `the gateway counted ${outcome?.rowCount} rows, not ${rows}`);
  remark(scene, `Asked directly, PostgreSQL has ${after} cancelled orders; before it had ${rows}.`);
}

async function dropIsRefused(scene: Scene): Promise<void> {
  const before = await countOf(scene, 'true');
  const run = scene.type('reviewer', sql(scene, drop, asReviewer));
  const code = await run.ended;
  expect(code !== 0 && code !== null, 'the drop was not refused');
  expect(/not dropped here/.test(run.output()), 'the refusal does not say why');
  expect((await countOf(scene, 'true')) === before, 'the table is not as it was');
  remark(scene, `Asked directly, PostgreSQL still has the table, and its ${before} rows.`);
}

function sql(scene: Scene, statement: string, flags: readonly string[] = []): readonly string[] {
  if (!scene.psql) {
    return ['exec', demoConnection, ...flags, '--wait', '1m', statement];
  }
  return ['connect', demoConnection, ...flags, '--', 'psql', '-X', '-c', statement];
}

async function countOf({ demo }: Scene, condition: string): Promise<number> {
  const [row] = await demo.target.query(
    `SELECT count(*)::int AS rows FROM orders WHERE ${condition}`,
  );
  return Number(row?.rows);
}

function remark({ say, style }: Scene, text: string): void {
  say(`  ${style.good('✓')} ${text}`);
}

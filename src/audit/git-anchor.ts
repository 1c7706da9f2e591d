import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import type { GitAnchor } from '../core/git-anchor.ts';
import { AnchorDivergedError } from './anchor-diverged.ts';
import { anchorLine, checkpointHour } from './anchor-line.ts';
import { type GitRun, gitIn } from './git-program.ts';

/** What the remote had when it last took something, and what it was last asked to take. */
const pushedRef = 'refs/hoopx/pushed';
const pushingRef = 'refs/hoopx/pushing';
const fetchedRef = 'refs/hoopx/fetched';

const cleaning = ['gc', '--auto', '--quiet'];
const deliveriesPerCleaning = 256;

/**
 * Delivers notes by commit and push. `repository`: a folder for its own copy of the branch, which
 * remembers what the remote took; never forced on the remote.
 */
export function gitDelivery(
  anchor: GitAnchor,
  repository: string,
): (note: string) => Promise<void> {
  const git = gitIn(repository, anchor);
  const branch = `refs/heads/${anchor.branch}`;

  async function remoteHead(): Promise<string | null> {
    const { output } = await git(['ls-remote', '--', anchor.url, branch]);
    const line = output.split('\n').find((each) => each.endsWith(`\t${branch}`));
    return /^[\da-f]{40,64}(?=\t)/.exec(line ?? '')?.[0] ?? null;
  }

  /** The commit to go on from; null for a branch that is not there yet. */
  async function base(): Promise<string | null> {
    const head = await remoteHead();
    const pushed = await resolved(git, pushedRef);
    if (head === pushed) return head;
    if (head === null) throw new AnchorDivergedError(`the branch ${anchor.branch} is gone`);
    // A push whose answer was lost.
    if (head === (await resolved(git, pushingRef))) return head;
    await git(['fetch', '--no-tags', '--', anchor.url, `+${branch}:${fetchedRef}`]);
    if (pushed !== null) await assertGrown(git, pushed, anchor);
    return resolved(git, fetchedRef);
  }

  let deliveries = 0;
  return async (note) => {
    if (deliveries === 0 || !existsSync(repository)) await openRepository(git, repository);
    const parent = await base();
    const file = `${anchor.path}/${checkpointHour(note)}.jsonl`;
    const before = parent === null ? '' : await contentAt(git, parent, file);
    const line = anchorLine(note);
    if (parent !== null && `\n${before}`.includes(`\n${line}`)) {
      await git(['update-ref', pushedRef, parent]);
      return;
    }
    await commit(git, parent, { note, file, content: `${before}${line}` });
    // Without a plus sign: a remote that went on in between refuses, and is looked at again.
    await git(['push', '--no-verify', '--', anchor.url, `${pushingRef}:${branch}`]);
    await git(['update-ref', pushedRef, pushingRef]);
    // Only saves room: what it could not do it does another time.
    if (deliveries % deliveriesPerCleaning === 0) await git(cleaning).catch(() => {});
    deliveries += 1;
  };
}

/** Others may commit behind what was pushed, elsewhere in the repository; never change it. */
async function assertGrown(git: GitRun, pushed: string, anchor: GitAnchor): Promise<void> {
  const ancestor = ['merge-base', '--is-ancestor', pushed, fetchedRef];
  if ((await git(ancestor, { answers: [1] })).exitCode === 1) {
    throw new AnchorDivergedError(`the history of ${anchor.branch} was rewritten`);
  }
  const changed = ['diff-tree', '--quiet', '-r', pushed, fetchedRef, '--', anchor.path];
  if ((await git(changed, { answers: [1] })).exitCode === 1) {
    throw new AnchorDivergedError(`somebody else wrote into ${anchor.path}`);
  }
}

async function openRepository(git: GitRun, repository: string): Promise<void> {
  await mkdir(repository, { recursive: true, mode: 0o700 });
  // Again does nothing, and mends what a crash left half made.
  await git(['init', '--quiet', '--bare', '--template=']);
}

async function resolved(git: GitRun, ref: string): Promise<string | null> {
  const ran = await git(['rev-parse', '--verify', '--quiet', `${ref}^{commit}`], { answers: [1] });
  return ran.exitCode === 0 ? ran.output : null;
}

interface Addition {
  readonly note: string;
  readonly file: string;
  readonly content: string;
}

/** As `pushingRef`, whatever that was before. See git-fast-import(1). */
async function commit(
  git: GitRun,
  parent: string | null,
  { note, file, content }: Addition,
): Promise<void> {
  const [origin, size] = note.split('\n', 2);
  const seconds = Math.floor(Date.now() / 1_000);
  const stream = [
    ...(parent === null ? [`reset ${pushingRef}`] : []),
    `commit ${pushingRef}`,
    `committer hoopx <hoopx@localhost> ${seconds} +0000`,
    data(`Checkpoint of ${origin} at ${size} records\n`),
    ...(parent === null ? [] : [`from ${parent}`]),
    `M 100644 inline ${file}`,
    data(content),
    'done',
    '',
  ];
  await git(['fast-import', '--quiet', '--force', '--done'], { input: stream.join('\n') });
}

function data(text: string): string {
  return `data ${Buffer.byteLength(text)}\n${text}`;
}

/** Empty for a file that is not there. Ends with a newline otherwise. */
async function contentAt(git: GitRun, commit: string, file: string): Promise<string> {
  const { output } = await git(['cat-file', '--batch'], { input: `${commit}:${file}\n` });
  if (output === `${commit}:${file} missing`) return '';
  const head = output.slice(0, output.indexOf('\n'));
  if (!/ blob \d+$/.test(head)) throw new Error(`${file} is no file in the repository`);
  const content = output.slice(head.length + 1);
  return content === '' || content.endsWith('\n') ? content : `${content}\n`;
}

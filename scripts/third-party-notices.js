/** What the licences of bundled packages ask for: their notices, in everything we hand out. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const noticesFile = 'THIRD-PARTY-NOTICES.txt';

const opening =
  'hoopx contains code of the packages below, each under its own licence, given here in full.\n';

const rule = `\n${'-'.repeat(80)}\n\n`;

/** `builds` are esbuild's, or promises of them; their metafiles name the code that they took. */
export async function writeNotices(root, outdir, builds) {
  const metafiles = (await Promise.all(builds)).map(({ metafile }) => metafile);
  writeFileSync(path.join(outdir, noticesFile), noticesOf(root, metafiles));
}

/** Throws for a package that comes without the text of its licence. */
export function noticesOf(root, metafiles) {
  const folders = new Set(metafiles.flatMap(sourcesOf).flatMap(packageFolderOf));
  const notices = [...folders].map((folder) => noticeOf(path.join(root, folder)));
  // Installed twice in the same version, a package is named once.
  return [opening, ...[...new Set(notices)].sort()].join(rule);
}

function sourcesOf({ outputs }) {
  return Object.values(outputs).flatMap(({ inputs }) => Object.keys(inputs));
}

/** The innermost package that a file belongs to; none for our own, and for those made up. */
function packageFolderOf(file) {
  return file.match(/^(.*\/)?node_modules\/(@[^/]+\/)?[^/]+(?=\/)/)?.slice(0, 1) ?? [];
}

function noticeOf(folder) {
  const about = readFileSync(path.join(folder, 'package.json'), 'utf8');
  const { name, version, license } = JSON.parse(about);
  const texts = licenceTexts(folder);
  if (texts.length === 0) {
    throw new Error(`${name} ${version} comes without its licence, and cannot be bundled`);
  }
  return `${[`${name} ${version} (${license ?? 'see below'})`, ...texts].join('\n\n')}\n`;
}

function licenceTexts(folder) {
  const names = readdirSync(folder).sort();
  const texts = names.filter((name) => /^(licen[cs]e|copying|notice)([.-]|$)/i.test(name));
  if (texts.length > 0) return texts.map((name) => textOf(folder, name));
  // Some put it in no file of its own.
  return names
    .filter((name) => /^readme([.-]|$)/i.test(name))
    .flatMap((name) => textOf(folder, name).split(/^#+ */m))
    .filter((section) => /^licen[cs]e\s/i.test(section))
    .map((section) => section.trim());
}

function textOf(folder, name) {
  return readFileSync(path.join(folder, name), 'utf8').replaceAll('\r\n', '\n').trim();
}

import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { headEntry, type TimelineEntry } from '../../recording/timeline.ts';
import { TimelineOrder } from '../../recording/timeline-order.ts';
import type { OpenRecording } from './open-recording.ts';
import { numberText, timeText } from './timeline-text.ts';

/** One page that holds all of a recording and what plays it, and loads nothing from anywhere. */
export async function recordingPage(recording: OpenRecording): Promise<string> {
  const entries: TimelineEntry[] = [headEntry(recording.head)];
  const order = new TimelineOrder();
  const casts: string[] = [];
  for await (const event of recording.events()) {
    entries.push(order.entry(event));
    if (event.type === 'terminal') casts.push(await wholeCast(recording.cast(event.file)));
  }
  const player = casts.length === 0 ? '' : await playerParts(casts);
  const title = escapeHtml(`${recording.head.session} on ${recording.head.connection.name}`);
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline' 'wasm-unsafe-eval'; connect-src data:; font-src data:; worker-src blob:">
<title>${title}</title>
<style>${style}</style>
<h1>${title}</h1>
${player}
<ol>
${entries.map(entryHtml).join('\n')}
</ol>
</html>
`;
}

export async function wholeCast(lines: AsyncIterable<string>): Promise<string> {
  let text = '';
  for await (const line of lines) text += `${line}\n`;
  return text;
}

async function playerParts(casts: readonly string[]): Promise<string> {
  const [script, styles, licence] = await Promise.all([
    ofPlayer('dist/bundle/asciinema-player.min.js'),
    ofPlayer('dist/bundle/asciinema-player.css'),
    ofPlayer('LICENSE'),
  ]);
  const places = casts.map(
    (_cast, index) => `<div class="terminal" id="terminal-${index + 1}"></div>`,
  );
  const data = JSON.stringify(casts).replaceAll('<', '\\u003c');
  return `<script type="text/plain">asciinema-player\n${licence.replaceAll('</script', '')}</script>
<style>${styles.replaceAll('</style', '<\\/style')}</style>
${places.join('\n')}
<script>${script.replaceAll('</script', '<\\/script')}</script>
<script>
for (const [index, cast] of ${data}.entries()) {
  AsciinemaPlayer.create({ data: cast }, document.getElementById('terminal-' + (index + 1)), {
    idleTimeLimit: 2, preload: true, poster: 'npt:0:01',
  });
}
</script>`;
}

function ofPlayer(name: string): Promise<string> {
  const require = createRequire(import.meta.url);
  const bundle = require.resolve('asciinema-player/dist/bundle/asciinema-player.min.js');
  return readFile(path.join(path.dirname(bundle), '..', '..', name), 'utf8');
}

function entryHtml({ at, operation, label, lines }: TimelineEntry): string {
  const text = escapeHtml(lines.join('\n'));
  const number = numberText(operation).trim();
  return `<li class="${label}"><time>${timeText(at).trim()}</time> ${number} <b>${label}</b><pre>${text}</pre></li>`;
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

const style = `
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem; color: #222; background: #fff; }
h1 { font-size: 1.1rem; }
.terminal { margin: 1rem 0; }
ol { list-style: none; padding: 0; }
li { border-left: .25rem solid #ccc; padding: .2rem .8rem; margin: .4rem 0; }
li.allow, li.approved { border-color: #2a7d3f; }
li.deny, li.refused { border-color: #b3261e; }
li.held { border-color: #b58900; }
time { color: #666; font-variant-numeric: tabular-nums; }
pre { margin: .2rem 0; white-space: pre-wrap; overflow-wrap: anywhere; font-size: 13px; }
`;

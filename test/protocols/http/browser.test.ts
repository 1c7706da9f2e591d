import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WebSocketServer } from 'ws';
import { type Chromium, startChromium } from '../../peers/chromium.ts';
import { describeWith } from '../../peers/require-peer.ts';
import { type EchoUpstream, startEcho } from './echo-upstream.ts';
import { type Gated, standardRules, startGated } from './gated.ts';

const formPage = `<!DOCTYPE html><title>app</title>
<form id="plain" method="post" action="/held/form?a=1%202">
<input name="submit" value="x"><textarea name="note">line one
line "two" &amp; ünï &lt;b&gt;</textarea><button>send</button></form>
<form id="upload" method="post" enctype="multipart/form-data" action="/held/upload">
<input name="a" value="1"><button>send</button></form>
<a id="danger" href="/held/danger?x=%27&y#part">danger</a>
<a id="secret" href="/secret/x">secret</a>`;

function app(): Promise<EchoUpstream> {
  return startEcho((request, response, body) => {
    response.setHeader('content-type', 'text/html; charset=utf-8');
    if (request.url === '/page') response.end(formPage);
    else if (request.url === '/held/moves') {
      response.writeHead(303, { location: '/page' }).end();
    } else response.end(`<p id="ran">${request.method} ${request.url} ${body.length}</p>`);
  });
}

describeWith(['chromium'], 'a browser', () => {
  let chromium: Chromium;
  let upstream: EchoUpstream;
  let gated: Gated;
  let page: Page;

  beforeAll(async () => {
    chromium = await startChromium();
  });
  afterAll(() => chromium[Symbol.asyncDispose]());

  async function begin(): Promise<AsyncDisposable> {
    const mine = await app();
    upstream = mine;
    gated = await startGated(mine, {
      rules: [
        ...standardRules,
        { name: 'sockets', http: { class: ['opaque'], path: ['/socket'] }, then: 'allow' },
      ],
    });
    const its = gated;
    const opened = await chromium.context.newPage();
    page = opened;
    return {
      async [Symbol.asyncDispose]() {
        await opened.close();
        await its[Symbol.asyncDispose]();
        await mine[Symbol.asyncDispose]();
      },
    };
  }

  const ran = () => upstream.seen.filter(({ url }) => url !== '/page' && url !== '/favicon.ico');

  test('is shown why it is denied, and nothing runs', async () => {
    await using _ = await begin();
    const answer = await page.goto(`${gated.url}/secret/x`);
    expect(answer?.status()).toBe(403);
    expect(answer?.headers()['content-type']).toBe('text/html; charset=utf-8');
    expect(await page.locator('main').innerText()).toMatch(/Not permitted[\s\S]*no secrets/);
    expect(ran()).toEqual([]);
  });

  test('is shown who can approve a link, and gets what it leads to once it is approved', async () => {
    await using _ = await begin();
    await page.goto(`${gated.url}/page`);
    await page.click('#danger');
    await page.waitForSelector('#state');
    const request = await gated.held();
    expect(request.mode).toBe('claimable');
    const text = await page.locator('main').innerText();
    for (const said of [
      request.id,
      '/held/danger?x=%27&y',
      'writes need a DBA',
      '1 of group dba',
    ]) {
      expect(text).toContain(said);
    }
    expect(ran()).toEqual([]);
    await gated.approve(request);
    await page.waitForSelector('#ran');
    expect(ran().map(({ method, url }) => `${method} ${url}`)).toEqual([
      'GET /held/danger?x=%27&y',
    ]);
    expect((await gated.reached('succeeded')).id).toBe(request.id);
  });

  test('sends a form again to the byte, once', async () => {
    await using _ = await begin();
    await page.goto(`${gated.url}/page`);
    await page.click('#plain button');
    await page.waitForSelector('#state');
    const request = await gated.held();
    expect(request.summary).toBe('POST /held/form?a=1%202');
    await gated.approve(request);
    await page.waitForSelector('#ran');
    expect(ran().map(({ body }) => body)).toEqual([
      'submit=x&note=line+one%0D%0Aline+%22two%22+%26+%C3%BCn%C3%AF+%3Cb%3E',
    ]);
    expect((await gated.reached('succeeded')).id).toBe(request.id);
  });

  test('is told of a denial without asking, and nothing runs', async () => {
    await using _ = await begin();
    await page.goto(`${gated.url}/held/x`);
    await gated.held();
    await gated.deny('not on a Friday <b>');
    const state = page.locator('#state');
    await expect.poll(() => state.innerText()).toContain('not on a Friday <b>');
    const text = await page.locator('main').innerText();
    expect(text).toContain('No longer waiting');
    expect(text).not.toMatch(/held until|sends it again|withdraw/);
    expect(ran()).toEqual([]);
  });

  test('that closes the page leaves the request, and comes back to it', async () => {
    await using _ = await begin();
    await page.goto(`${gated.url}/held/x`);
    const request = await gated.held();
    await page.goto('about:blank');
    await gated.approve(request);
    await page.goto(`${gated.url}/held/x`);
    await page.waitForSelector('#ran');
    expect((await gated.reached('succeeded')).id).toBe(request.id);
  });

  test('waits with a form that no page could repeat, and cancels it by leaving', async () => {
    await using _ = await begin();
    await page.goto(`${gated.url}/page`);
    await page.click('#upload button', { noWaitAfter: true });
    const request = await gated.held();
    expect(request.mode).toBe('live');
    await page.close();
    expect((await gated.reached('cancelled')).id).toBe(request.id);
    expect(ran()).toEqual([]);
  });

  test('whom a page of another origin leads here is asked before anything is held', async () => {
    await using _ = await begin();
    await using other = await startEcho((_request, response) => {
      response.setHeader('content-type', 'text/html');
      response.end(`<a href="${gated.url}/held/x">x</a><img src="${gated.url}/held/y">`);
    });
    await page.goto(`http://127.0.0.1:${other.port}/`);
    await page.click('a');
    await page.waitForSelector('text=Ask for approval');
    const { items } = await gated.approvals.list({}, null, 10);
    expect(items).toEqual([]);
    await page.click('text=Ask for approval');
    await page.waitForSelector('#state');
    expect((await gated.held()).summary).toBe('GET /held/x');
    expect(ran()).toEqual([]);
  });

  test('passes a WebSocket that a rule names, and no other', async () => {
    await using _ = await begin();
    const sockets = new WebSocketServer({ server: upstream.server });
    sockets.on('connection', (socket) =>
      socket.on('message', (text) => socket.send(`got ${text}`)),
    );
    await page.goto(`${gated.url}/page`);
    const talk = (path: string) =>
      page.evaluate(
        (where) =>
          new Promise<string>((resolve) => {
            const socket = new WebSocket(where);
            socket.onopen = () => socket.send('hello');
            socket.onmessage = ({ data }) => resolve(String(data));
            socket.onerror = () => resolve('refused');
          }),
        path,
      );
    expect(await talk('/denied')).toBe('refused');
    expect(await talk('/socket')).toBe('got hello');
  });
});

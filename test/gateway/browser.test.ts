import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WebSocketServer } from 'ws';
import { type Chromium, startChromium } from '../peers/chromium.ts';
import { describeWith } from '../peers/require-peer.ts';
import { adminHost, type BrowserSetting, billingHost, browserSetting } from './browser-setting.ts';

const home = `<!DOCTYPE html><title>app</title><h1 id="home">Admin</h1>
<form id="note" method="post" action="/notes"><input name="text" value="hi"><button>send</button></form>
<form id="purge" method="post" action="/held/purge"><input name="who" value="all"><button>purge</button></form>`;

describeWith(['chromium'], 'a browser at the gateway', () => {
  let setting: BrowserSetting;
  let chromium: Chromium;
  let origin: string;

  beforeAll(async () => {
    setting = await browserSetting({
      rules: [
        { name: 'pages', http: { method: ['GET'] }, then: 'allow' },
        { name: 'notes', http: { method: ['POST'], path: ['/notes'] }, then: 'allow' },
        { name: 'sockets', http: { class: ['opaque'], path: ['/socket'] }, then: 'allow' },
        { name: 'writes wait', http: { path: ['/held/*'] }, then: 'review', chain: 'dba' },
        { name: 'no secrets', http: { path: ['/secret'] }, then: 'deny', message: 'not for you' },
      ],
      handle(request, response, body) {
        response.setHeader('content-type', 'text/html; charset=utf-8');
        if (request.url === '/') response.end(home);
        else response.end(`<p id="ran">${request.method} ${request.url} ${body}</p>`);
      },
    });
    const sockets = new WebSocketServer({ server: setting.upstream.server });
    sockets.on('connection', (socket) => {
      socket.on('message', (text) => socket.send(`got ${text}`));
    });
    origin = `https://${adminHost}:${setting.port}`;
    chromium = await startChromium({ hosts: ['*.hoopx.test'] });
  });

  afterAll(async () => {
    await chromium[Symbol.asyncDispose]();
    await setting[Symbol.asyncDispose]();
  });

  async function opened(): Promise<Page & AsyncDisposable> {
    await chromium.context.clearCookies();
    const page = await chromium.context.newPage();
    return Object.assign(page, { [Symbol.asyncDispose]: () => page.close() });
  }

  async function logIn(page: Page, path = '/'): Promise<void> {
    await page.goto(`${origin}${path}`);
    await page.click('button[value="engineer"]');
  }

  async function held() {
    const reviewer = setting.gateway.client('reviewer');
    const pending = async () => (await reviewer.listRequests({ state: ['pending'] })).items[0];
    await expect.poll(pending).toBeDefined();
    const request = await pending();
    if (request === undefined) throw new Error('no request');
    return { ...request, reviewer };
  }

  test('logs in, sees what is held, and gets its answer once that is approved', async () => {
    await using page = await opened();
    await logIn(page);
    await page.waitForSelector('#home');
    const cookies = await chromium.context.cookies(origin);
    expect(cookies).toMatchObject([
      { name: '__Host-hoopx', secure: true, httpOnly: true, sameSite: 'Lax', path: '/' },
    ]);
    const before = setting.ran().length;
    await page.click('#purge button');
    await page.waitForSelector('#state');
    const { id, digest, summary, principal, reviewer } = await held();
    expect([summary, principal.name]).toEqual(['POST /held/purge', 'engineer@demo.invalid']);
    expect(await page.locator('main').innerText()).toContain(id);
    expect(setting.ran()).toHaveLength(before);
    await reviewer.decide(id, { kind: 'approve', digest });
    await page.waitForSelector('#ran');
    expect(await page.innerText('#ran')).toBe('POST /held/purge who=all');
    expect(setting.ran().slice(before)).toEqual(['POST /held/purge']);
    await expect.poll(async () => (await reviewer.request(id)).state).toBe('succeeded');
  });

  test('that was on its way to what is held comes there after the login', async () => {
    await using page = await opened();
    await logIn(page, '/held/report');
    await page.waitForSelector('#state');
    const { id, summary, reviewer } = await held();
    expect(summary).toBe('GET /held/report');
    await reviewer.decide(id, { kind: 'deny', digest: (await held()).digest, reason: 'no need' });
    await expect.poll(() => page.innerText('#state')).toContain('no need');
    expect(await page.innerText('h1')).toBe('No longer waiting');
    expect(setting.ran()).not.toContain('GET /held/report');
  });

  test('that another site sent there is asked first, also when it had to log in', async () => {
    await using page = await opened();
    await page.goto(`data:text/html,<a href="${origin}/held/trap">x</a>`);
    await page.click('a');
    await page.click('button[value="engineer"]');
    await page.waitForSelector('text=Ask for approval');
    const { items } = await setting.gateway.client('engineer').listRequests({ state: ['pending'] });
    expect(items).toEqual([]);
  });

  test('is shown a denial as a page', async () => {
    await using page = await opened();
    await logIn(page);
    await page.waitForSelector('#home');
    const answer = await page.goto(`${origin}/secret`);
    expect(answer?.status()).toBe(403);
    expect(await page.locator('main').innerText()).toMatch(/not for you[\s\S]*no secrets/);
  });

  test('posts and speaks WebSocket from the page of its own host only', async () => {
    await using page = await opened();
    await logIn(page);
    await page.waitForSelector('#home');
    const said = await page.evaluate(
      (address) =>
        new Promise<string>((resolve) => {
          const socket = new WebSocket(address);
          socket.onopen = () => socket.send('hello');
          socket.onmessage = ({ data }) => resolve(String(data));
          socket.onerror = () => resolve('refused');
        }),
      `wss://${adminHost}:${setting.port}/socket`,
    );
    expect(said).toBe('got hello');
    await page.click('#note button');
    expect(await page.innerText('#ran')).toBe('POST /notes text=hi');
    const before = setting.ran().length;
    await page.goto(`https://${billingHost}:${setting.port}/`);
    await page.click('button[value="engineer"]');
    await page.waitForSelector('#home');
    await page.evaluate(`document.forms[0].action = '${origin}/notes'; document.forms[0].submit()`);
    await page.waitForSelector('text=CROSS_SITE');
    expect(setting.ran().slice(before)).toEqual(['GET /']);
  });

  test('that logs out has to log in again', async () => {
    await using page = await opened();
    await logIn(page);
    await page.waitForSelector('#home');
    await page.goto(`${origin}/.hoopx/logout`);
    await page.click('button');
    await page.waitForSelector('text=Logged out');
    expect(await chromium.context.cookies(origin)).toEqual([]);
    await page.goto(`${origin}/`);
    await page.waitForSelector('button[value="engineer"]');
  });
});

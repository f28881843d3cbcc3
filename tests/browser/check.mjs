// Every page as people see it: in Chromium, on the demo data, narrow and wide, light and dark, with script and without.
// Prints TAP. $RUAD names the binary, CHROMIUM another browser than the system's; SHOTS=DIR keeps a picture of each page.
import { spawn } from 'node:child_process';
import { mkdtempSync, mkdirSync, rmSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const RUAD = process.env.RUAD ?? new URL('../../build-test/daemon/ruad', import.meta.url).pathname;
const WIDTHS = [1280, 768, 390, 320];
const THEMES = ['light', 'dark'];
const FIRST_VIEW_BYTES = 60_000; // UX 3
const CRAWL_PAGES = 600;

// --- counting ---

let count = 0, failed = 0;

function report(good, name, detail = []) {
  count++;
  console.log(`${good ? 'ok' : 'not ok'} ${count} - ${name}`);
  if (good) return;
  failed++;
  for (const line of [detail].flat().slice(0, 30)) console.log('#   ' + String(line).replaceAll('\n', '\n#   '));
}

const none = (complaints, name) => report(complaints.length === 0, name, complaints);

// A part that throws is one failed case; the parts behind it still run.
async function guard(name, part) {
  try {
    await part();
  } catch (e) {
    report(false, name, e.stack ?? e);
  }
}

// --- the server ---

async function serveDemo(db) {
  const server = spawn(RUAD, ['--db', db, 'demo', '--listen', '127.0.0.1:0'], { stdio: ['ignore', 'ignore', 'pipe'] });
  const said = createInterface({ input: server.stderr });
  const url = await new Promise((found, lost) => {
    said.on('line', (line) => {
      const at = /serving on (http:\/\/127\.0\.0\.1:[1-9][0-9]*)/.exec(line);
      if (at) found(at[1]);
    });
    server.on('exit', (code) => lost(new Error(`serve ended with ${code}`)));
  });
  return { url, server };
}

// --- HTML as bytes: what a reader without script gets ---

const unescape = (text) => text.replace(/&(amp|lt|gt|quot|#39);/g,
  (_, name) => ({ amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" })[name]);

function attribute(tag, name) {
  const found = new RegExp(`\\s${name}="([^"]*)"`).exec(tag);
  return found ? unescape(found[1]) : null;
}

const number = (text) => Number(text.replaceAll(',', ''));

// Each link of a page: where to, the number it promises (data-n) or null, and its text.
function links(html, base) {
  return [...html.matchAll(/(<a\s[^>]*>)(.*?)<\/a>/gs)].flatMap(([, tag, inner]) => {
    const href = attribute(tag, 'href');
    if (href === null) return [];
    const to = new URL(href, base);
    to.hash = '';
    const n = attribute(tag, 'data-n');
    return [{ to, n: n === null ? null : number(n), text: unescape(inner.replace(/<[^>]*>/g, '')).trim() }];
  });
}

// What stands in <main data-total="...">, or null.
function main({ body }) {
  const tag = /<main\b[^>]*>/.exec(body);
  return tag && attribute(tag[0], 'data-total');
}

function total(answer) {
  const n = main(answer);
  return n === null ? null : number(n);
}

async function get(url) {
  const answer = await fetch(url, { redirect: 'manual', headers: { accept: 'text/html,*/*;q=0.8' } });
  return { status: answer.status, type: answer.headers.get('content-type') ?? '', body: await answer.text() };
}

// --- the pages ---

// A domain with some depth, from the data itself.
async function subdomain(url) {
  const { body } = await get(url + '/records?by=domain&format=ndjson');
  const keys = body.trim().split('\n').map((line) => JSON.parse(line).key);
  return keys.sort((a, b) => b.split('.').length - a.split('.').length || a.localeCompare(b))[0];
}

const wrong = (path) => path.includes('clas=') || path.startsWith('/no-');

async function paths(url) {
  const under = await subdomain(url);
  const classes = ['full', 'partial', 'untrusted', 'quarantined', 'rejected'];
  return [
    '/', '/records', `/?under=${under}`, '/?period=7d', '/?period=all', '/?domain=nothing.example',
    ...classes.map((name) => `/?class=${name}`), ...classes.map((name) => `/records?class=${name}`),
    ...['domain', 'policy_domain', 'reporter', 'day', 'ip'].map((by) => `/records?by=${by}`),
    `/records?by=ip&class=untrusted&under=${under}`, '/records?domain=nothing.example',
    '/?clas=untrusted', '/no-such-page',
  ];
}

function shotName(path, theme, width) {
  const page = path.replace(/[^a-z0-9]+/gi, '-').replace(/^-|-$/g, '') || 'overview';
  return `${page}-${theme}-${width}.png`;
}

// One page at one size: what is wrong with it.
async function look(page, heard, url, path, width, theme) {
  heard.length = 0;
  await page.setViewportSize({ width, height: 900 });
  const answer = await page.goto(url + path, { waitUntil: 'load' });
  const seen = await page.evaluate(() => ({
    wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    heads: document.querySelectorAll('h1').length,
    title: document.title,
    lang: document.documentElement.lang,
    styled: document.styleSheets.length,
  }));
  const at = `${width} px, ${theme}: `;
  const complaints = heard.map((text) => at + text);
  if (wrong(path) !== (answer.status() >= 400)) complaints.push(`${at}status ${answer.status()}`);
  if (seen.wide > 0) complaints.push(`${at}scrolls sideways by ${seen.wide} px`);
  if (seen.heads !== 1) complaints.push(`${at}${seen.heads} h1`);
  if (!seen.title || !seen.lang || !seen.styled) complaints.push(`${at}no title, language or style`);
  if (process.env.SHOTS) {
    await page.screenshot({ path: join(process.env.SHOTS, shotName(path, theme, width)), fullPage: true });
  }
  return complaints;
}

// A page whose console, violations and errors land in `heard`.
async function listening(context, heard) {
  const page = await context.newPage();
  page.on('console', (message) => {
    const refused = /Failed to load resource: the server responded with a status of 40[04]/.test(message.text());
    if (!(refused && wrong(message.location().url.replace(/^http:..[^/]*/, ''))))
      heard.push(`console ${message.type()}: ${message.text()}`);
  });
  page.on('pageerror', (error) => heard.push(`script: ${error.message}`));
  page.on('requestfailed', (request) => heard.push(`not loaded: ${request.url()}`));
  return page;
}

async function checkLooks(browser, url, all) {
  const complaints = new Map(all.map((path) => [path, []]));
  for (const theme of THEMES) {
    const context = await browser.newContext({ colorScheme: theme });
    const heard = [];
    const page = await listening(context, heard);
    for (const path of all)
      for (const width of WIDTHS) complaints.get(path).push(...await look(page, heard, url, path, width, theme));
    await context.close();
  }
  for (const path of all)
    none(complaints.get(path), `${path}: 4 widths, 2 themes: fits, one h1, console and policy silent`);
}

// axe is let in past the policy, in a context of its own: once wide and light, once narrow and dark.
async function checkAxe(browser, url, all) {
  const complaints = new Map(all.map((path) => [path, []]));
  for (const [theme, width] of [[THEMES[0], WIDTHS[0]], [THEMES.at(-1), WIDTHS.at(-1)]]) {
    const context = await browser.newContext({ colorScheme: theme, bypassCSP: true, viewport: { width, height: 900 } });
    const page = await context.newPage();
    for (const path of all) {
      await page.goto(url + path, { waitUntil: 'load' });
      await page.evaluate(AXE);
      const found = await page.evaluate(() => window.axe.run({ rules: { 'target-size': { enabled: true } } }));
      for (const v of found.violations) {
        complaints.get(path).push(`${theme}, ${width} px: ${v.id}: ${v.help}`,
          ...v.nodes.slice(0, 4).map((n) => '  ' + n.html.slice(0, 120).replace(/\s+/g, ' ')));
      }
    }
    await context.close();
  }
  for (const path of all) none(complaints.get(path), `${path}: axe finds nothing`);
}

async function checkFirstView(browser, url) {
  const context = await browser.newContext();
  const page = await context.newPage();
  let bytes = 0;
  const sizes = [];
  page.on('requestfinished', (request) => sizes.push(request.sizes().then((s) => { bytes += s.responseBodySize; })));
  await page.goto(url + '/', { waitUntil: 'networkidle' });
  await Promise.all(sizes);
  report(bytes > 0 && bytes <= FIRST_VIEW_BYTES, `the first view is at most ${FIRST_VIEW_BYTES} bytes`,
    `${bytes} bytes`);
  await context.close();
}

// --- without script ---

async function checkWithoutScript(browser, url) {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  const shown = async () => number(await page.locator('main').getAttribute('data-total'));

  await page.goto(url + '/');
  const all = await shown();
  await page.locator('main a[href*="class=untrusted"]').first().click();
  const fewer = await shown();
  report(fewer > 0 && fewer < all, 'without script: a class is followed to fewer messages', `${all}, then ${fewer}`);

  await page.goto(url + '/?class=untrusted');
  await page.locator('a.chip.on').first().click();
  report(await shown() === all, 'without script: a chip takes its filter away', page.url());

  const form = page.locator('form', { has: page.locator('input[type="checkbox"][name="class"]') });
  await page.locator('details', { has: form }).locator('summary').click();
  await form.locator('input[name="class"][value="untrusted"]').check();
  await form.locator('button').click();
  report(new URL(page.url()).searchParams.get('class') === 'untrusted' && await shown() === fewer,
    'without script: the filter form filters', `${page.url()}: ${await shown()}`);

  await page.goto(url + '/');
  await page.locator('input[name="q"]').fill('google');
  await page.locator('input[name="q"]').press('Enter');
  await page.waitForURL(/[?&]q=google/);
  const found = await shown();
  report(found > 0 && found < all, 'without script: the find box finds', `${page.url()}: ${found} of ${all}`);

  await page.goto(url + '/?class=untrusted');
  for (const [format, type] of [['csv', 'text/csv'], ['json', 'application/json']]) {
    const href = await page.locator(`a[href*="format=${format}"]`).first().getAttribute('href');
    const answer = await get(new URL(href, page.url()));
    report(answer.status === 200 && answer.type.startsWith(type) && answer.body.length > 0
      && /class=untrusted/.test(href), `without script: the view is exported as ${format}`, `${href}: ${answer.status} ${answer.type}`);
  }
  await context.close();
}

// With script, keys and the swap of <main> must lead to the same place as without.
async function checkWithScript(browser, url) {
  const context = await browser.newContext();
  const heard = [];
  const page = await listening(context, heard);
  const shows = (wanted) => page.waitForFunction((n) => document.querySelector('main').dataset.total === n, wanted);
  const all = main(await get(url + '/'));
  await page.goto(url + '/');
  await page.locator('main a[href*="class=untrusted"]').first().click();
  await page.waitForURL(/class=untrusted/);
  await shows(main(await get(page.url())));
  await page.goBack();
  await shows(all);
  none(heard, 'with script: a link and the way back show the same numbers as the pages themselves');
  await context.close();
}

// --- one number, one definition ---

// Follows links from the Overview. Every number that links somewhere must be that page's total.
async function checkNumbers(url) {
  const pages = new Map();                      // address: its page, once fetched
  const read = async (to) => {
    const key = to.pathname + to.search;
    if (!pages.has(key)) pages.set(key, await get(to));
    return pages.get(key);
  };
  const waiting = [new URL(url + '/')], known = new Set(['/']);
  const complaints = [], bare = [];
  let checked = 0;
  while (waiting.length > 0 && pages.size < CRAWL_PAGES) {
    const here = waiting.shift();
    const { status, type, body } = await read(here);
    if (status !== 200) complaints.push(`${here.pathname}${here.search}: status ${status}`);
    if (!type.startsWith('text/html')) continue;
    for (const link of links(body, here)) {
      if (link.to.origin !== here.origin) continue;
      const key = link.to.pathname + link.to.search;
      if (link.n === null && /^[0-9][0-9,]*$/.test(link.text) && link.to.pathname === '/records')
        bare.push(`${here.pathname}${here.search}: ${link.text} -> ${key}`);
      if (link.n !== null) {
        const there = await read(link.to);
        checked++;
        if (total(there) !== link.n)
          complaints.push(`${here.pathname}${here.search}: ${link.n} links to ${key}, which has ${total(there)}`);
      }
      if (!known.has(key)) {
        known.add(key);
        waiting.push(link.to);
      }
    }
  }
  console.log(`# ${pages.size} pages, ${checked} numbers`);
  none(complaints, 'every number equals the total of the page it links to, and no link is dead');
  none(bare, 'every number that links to rows says which (data-n)');
  report(checked > 50, 'there are numbers to follow', `${checked} on ${pages.size} pages`);
}

// --- all of it ---

const top = mkdtempSync(join(tmpdir(), 'ruad-browser-'));
let server, browser;
try {
  if (process.env.SHOTS) mkdirSync(process.env.SHOTS, { recursive: true });
  const db = join(top, 'demo.db');
  const served = await serveDemo(db);
  server = served.server;
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox'] });                  // which a root without user namespaces could not start
  const all = await paths(served.url);
  await guard('looks', () => checkLooks(browser, served.url, all));
  await guard('axe', () => checkAxe(browser, served.url, all));
  await guard('first view', () => checkFirstView(browser, served.url));
  await guard('without script', () => checkWithoutScript(browser, served.url));
  await guard('with script', () => checkWithScript(browser, served.url));
  await guard('numbers', () => checkNumbers(served.url));
} catch (e) {
  report(false, 'the demo is served and the browser starts', e.stack ?? e);
} finally {
  await browser?.close();
  if (server && server.exitCode === null) {
    const ended = new Promise((done) => server.on('exit', done));
    server.kill('SIGTERM');
    await ended;
  }
  rmSync(top, { recursive: true, force: true });
}
console.log(`1..${count}`);
process.exit(failed ? 1 : 0);

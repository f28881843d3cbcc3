// Every page as people and programs see it: the demo data are crawled over HTTP, and one page of every kind that the
// crawl met is looked at in Chromium: narrow and wide, light and dark, by axe, by keyboard, without script. Then once
// more on reports whose every text is hostile, and on an empty database. A page comes under all of it by being linked.
// Prints TAP. $RUAD names the binary, CHROMIUM another browser than the system's; SHOTS=DIR keeps a picture of each
// kind in each size and theme; CRAWL_PAGES=3000 is the long crawl, with every number and every kind in every size.
import { mkdtempSync, mkdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { HtmlValidate } from 'html-validate';
import { Crawl } from './crawl.mjs';
import { links, number, total } from './html.mjs';
import { THEMES, WIDTHS, checkAxe, checkKeyboard, checkLooks, checkQuiet, checkScriptless, listening } from './looks.mjs';
import { checkDrop, checkScript } from './script.mjs';
import { get, ruad, run, serve } from './served.mjs';
import { end, guard, none, note, report } from './tap.mjs';

const PAGES = Number(process.env.CRAWL_PAGES ?? 600);
const LONG = PAGES >= 3000;
const TARGETS = LONG ? 40_000 : 3_000;          // further addresses looked up for the numbers that lead there
const KINDS = LONG ? 12 : 4;                    // of one path, in Chromium
const SAMPLE = LONG ? 300 : 30;                 // other pages, each loaded once in Chromium
const HOSTILE_PAGES = LONG ? 1500 : 250;
const FIRST_VIEW_BYTES = 60_000;                // UX 3
const SIZES = LONG ? { light: WIDTHS, dark: WIDTHS } : { light: [WIDTHS[0]], dark: [WIDTHS.at(-1)] };
const SHOTS = process.env.SHOTS;
const ERRORS = ['/?clas=untrusted', '/no-such-page'];

// --- the crawl ---

function tell(crawl, of) {
  const left = crawl.left() + crawl.unsettled > 0 ? ` (${crawl.left()} pages and ${crawl.unsettled} numbers' pages not read)` : '';
  note(`${of}: ${crawl.pages.size} pages of ${crawl.kinds.size} kinds, ${crawl.numbers} numbers, ${crawl.files} files${left}`);
  const { links, numbers, bare, sums, shape, bytes, headers, orders } = crawl.complaints;
  none(links, `${of}: no link is dead, and each leads to a place that is there`);
  none(numbers, `${of}: every number equals the total of the page it links to`);
  none(bare, `${of}: every number that links to rows says which (data-n)`);
  none(sums, `${of}: every page as HTML, JSON and CSV has equal sums`);
  none(orders, `${of}: what is sorted by a number is in its order`);
  none(shape, `${of}: one h1 that says something, headings in order, nothing inline`);
  none(bytes, `${of}: no control character, direction mark or formula as it is`);
  none(headers, `${of}: the strict policy, nosniff, and 304 for what is known`);
  report(crawl.numbers > 50 && crawl.files > 10, `${of}: there are numbers to follow`);
}

// One address, the shortest, of each kind of page; of each path the first kinds that were met.
function pick(crawl, most) {
  const of = new Map();
  for (const addresses of crawl.kinds.values()) {
    const one = addresses.reduce((a, b) => b.length < a.length ? b : a), path = crawl.pages.get(one).path;
    of.set(path, [...of.get(path) ?? [], one]);
  }
  return [...of.values()].flatMap((addresses) => addresses.slice(0, most));
}

// Pages of the navigation once nothing matches; those that take no domain are left out.
async function empties(url) {
  const nav = /<nav class="nav".*?<\/nav>/s.exec((await get(url + '/')).body)?.[0] ?? '';
  const found = links(nav, url).map(({ to }) => to.pathname + '?domain=nothing.example');
  const answers = await Promise.all(found.map((path) => get(url + path)));
  return found.filter((_, i) => answers[i].status === 200);
}

// --- Chromium ---

function each(complaints, name) {
  for (const [path, found] of complaints) none(found, `${path}: ${name}`);
}

async function checkValid(url, paths) {
  const validator = new HtmlValidate({ root: true, extends: ['html-validate:standard'] });
  const found = [];
  for (const path of paths) {
    const { results } = await validator.validateString((await get(url + path)).body);
    for (const result of results)
      for (const m of result.messages) found.push(`${path}: ${m.line}:${m.column}: ${m.ruleId}: ${m.message}`);
  }
  none(found, `${paths.length} pages are valid HTML`);
}

async function checkSizes(url, paths) {
  const answers = await Promise.all(paths.map((path) => get(url + path)));
  none(answers.flatMap(({ wire }, i) => wire > FIRST_VIEW_BYTES ? [`${paths[i]}: ${wire} bytes`] : []),
    `each page is sent in at most ${FIRST_VIEW_BYTES} bytes`);
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

// Reading, drilling, filtering, finding and exporting by hand, without script. (Sorting is following links: the crawl's.)
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
  report(await page.locator('main a[href*="google"]').count() > 0, 'without script: the find box finds', page.url());

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
  const shows = (n) => page.locator(`main[data-total="${n.toLocaleString('en-GB')}"], main[data-total="${n}"]`).waitFor();
  const all = total((await get(url + '/')).body).n;
  await page.goto(url + '/');
  await page.locator('main a[href*="class=untrusted"]').first().click();
  await page.waitForURL(/class=untrusted/);
  await shows(total((await get(page.url())).body).n);
  await page.goBack();
  await shows(all);
  none(heard, 'with script: a link and the way back show the same numbers as the pages themselves');
  await context.close();
}

// --- parts ---

async function checkDemo(browser, top) {
  const { url, stop } = await serve(join(top, 'demo.db'), 'demo');
  try {
    const crawl = await guard('crawl', () => new Crawl(url).run(['/', '/health'], PAGES, TARGETS));
    if (!crawl) return;
    tell(crawl, 'demo');
    const paths = [...new Set([...pick(crawl, KINDS), ...await empties(url), ...ERRORS])];
    note(`${paths.length} pages in Chromium: ${paths.join(' ')}`);
    const { complaints, pictures } = await guard('looks', () => checkLooks(browser, url, paths, SHOTS));
    each(complaints, `${WIDTHS.length} widths, ${THEMES.length} themes: fits, charts named, console and policy silent`);
    if (SHOTS) note(`${pictures} pictures in ${SHOTS}`);
    each(await guard('axe', () => checkAxe(browser, url, paths, SIZES)), 'axe finds nothing');
    each(await guard('keyboard', () => checkKeyboard(browser, url, paths)), 'all is reached by keyboard, and shows it');
    each(await guard('script off', () => checkScriptless(browser, url, paths)), 'reads without script');
    const all = [...crawl.pages.keys()], every = Math.ceil(all.length / SAMPLE);
    none(await guard('sample', () => checkQuiet(browser, url, all.filter((_, i) => i % every === 0))),
      `${Math.ceil(all.length / every)} more pages load without a word in the console`);
    await guard('valid', () => checkValid(url, paths));
    await guard('sizes', () => checkSizes(url, paths));
    await guard('first view', () => checkFirstView(browser, url));
    await guard('without script', () => checkWithoutScript(browser, url));
    await guard('with script', () => checkWithScript(browser, url));
    await guard('script', () => checkScript(browser, url));
  } finally {
    await stop();
  }
}

// Whatever a report says is shown, and does nothing: by the policy or without it.
async function checkHostile(browser, top) {
  const files = join(top, 'hostile'), db = join(top, 'hostile.db');
  await run('python3', [new URL('../hostile/text.py', import.meta.url).pathname, '--write', files]);
  await ruad(['--db', db, 'import', files], [0, 1]);
  const { url, stop } = await serve(db);
  try {
    const crawl = await guard('hostile crawl', () => new Crawl(url).run(['/?period=all', '/records?period=all'], HOSTILE_PAGES, TARGETS / 3));
    if (!crawl) return;
    tell(crawl, 'hostile reports');
    const paths = pick(crawl, KINDS);
    note(`${paths.length} hostile pages in Chromium: ${paths.map((path) => path.slice(0, 80)).join(' ')}`);
    const { complaints } = await guard('hostile looks', () => checkLooks(browser, url, paths, SHOTS && join(SHOTS, 'hostile')));
    each(new Map([...complaints].map(([path, found]) => ['hostile ' + path.slice(0, 80), found])), 'fits and stays silent');
    none(await guard('hostile marks', () => checkInert(browser, url, [...crawl.pages.keys()].slice(0, SAMPLE * 2))),
      'hostile reports: no element, handler or script came of a text, though no policy forbade it');
    await guard('hostile valid', () => checkValid(url, paths));
  } finally {
    await stop();
  }
}

async function checkInert(browser, url, paths) {
  const context = await browser.newContext({ bypassCSP: true });
  const heard = [], complaints = [], page = await listening(context, heard);
  for (const path of paths) {
    await page.goto(url + path, { waitUntil: 'load' });
    const found = await page.evaluate(() => [...document.querySelectorAll('hostile-mark, img, iframe, object, embed, base, script:not([src]), a[href^="javascript:" i]')]
      .map((e) => e.outerHTML.slice(0, 120))
      .concat([...document.querySelectorAll('*')].flatMap((e) => e.getAttributeNames().filter((name) => /^on/.test(name)).map((name) => `${e.tagName} ${name}`)))
      .concat(window.ruadHostile ? ['a script ran'] : []));
    complaints.push(...[...found, ...heard.splice(0)].map((text) => `${path.slice(0, 120)}: ${text}`));
  }
  await context.close();
  return complaints;
}

async function checkFirstRun(browser, top) {
  const { url, stop } = await serve(join(top, 'empty.db'));
  try {
    const crawl = await guard('first run crawl', () => new Crawl(url).run(['/'], 50, 0));
    if (!crawl) return;
    const complaints = Object.values(crawl.complaints).flat();
    none(complaints, `an empty database: ${crawl.pages.size} pages, none dead or wrong`);
    const paths = pick(crawl, KINDS);
    const looks = await guard('first run looks', () => checkLooks(browser, url, paths, SHOTS && join(SHOTS, 'empty')));
    each(new Map([...looks.complaints].map(([path, found]) => ['empty ' + path, found])), 'fits, and stays silent');
    none([...(await guard('first run axe', () => checkAxe(browser, url, paths, SIZES))).entries()].flatMap(([path, found]) => found.map((text) => `${path}: ${text}`)),
      'an empty database: axe finds nothing');
    await guard('first run valid', () => checkValid(url, paths));
    await guard('first run drop', () => checkDrop(browser, url));
  } finally {
    await stop();
  }
}

const top = mkdtempSync(join(tmpdir(), 'ruad-browser-'));
let browser;
try {
  for (const folder of SHOTS ? ['', 'hostile', 'empty'] : []) mkdirSync(join(SHOTS, folder), { recursive: true });
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox'] });                  // which a root without user namespaces could not start
  await guard('demo', () => checkDemo(browser, top));
  await guard('hostile', () => checkHostile(browser, top));
  await guard('first run', () => checkFirstRun(browser, top));
} catch (e) {
  report(false, 'the browser starts', e.stack ?? e);
} finally {
  await browser?.close();
  rmSync(top, { recursive: true, force: true });
}
process.exit(end());

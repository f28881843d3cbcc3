// looks: a page as people meet it in Chromium: at four widths, light and dark, by axe, by keyboard, and without script.
// Every function gives complaints by address. Neighbours: check.mjs.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createRequire } from 'node:module';
import { number, total } from './html.mjs';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
export const WIDTHS = [1280, 768, 390, 320];
export const THEMES = ['light', 'dark'];
const HEIGHT = 900, TALLEST = 2600;             // of a window; of a picture
const TABS = 160;                               // from each end of a page that has more to reach

const wrong = (path) => path.includes('clas=') || path.startsWith('/no-');

export function shotName(path, theme, width) {
  const page = path.replace(/[^a-z0-9]+/gi, '-').replace(/^-|-$/g, '').slice(0, 80) || 'overview';
  return `${page}-${theme}-${width}.png`;
}

// A page whose console, violations, dialogs and errors land in `heard`.
export async function listening(context, heard) {
  const page = await context.newPage();
  page.on('console', (message) => {
    const refused = /Failed to load resource: the server responded with a status of 40[04]/.test(message.text());
    if (!(refused && wrong(message.location().url.replace(/^http:..[^/]*/, ''))))
      heard.push(`console ${message.type()}: ${message.text()}`);
  });
  page.on('pageerror', (error) => heard.push(`script: ${error.message}`));
  page.on('requestfailed', (request) => {       // a live page's question that leaving it broke off is none
    if (request.resourceType() !== 'fetch' || request.failure()?.errorText !== 'net::ERR_ABORTED') heard.push(`not loaded: ${request.url()}`);
  });
  page.on('dialog', (dialog) => { heard.push(`dialog: ${dialog.message()}`); dialog.dismiss(); });
  await page.addInitScript(() => document.addEventListener('securitypolicyviolation',
    (event) => console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`)));
  return page;
}

// --- in the page ---

// What is wrong with the page at its present size.
function inspect() {
  const wide = document.documentElement.clientWidth, found = [];
  const name = (e) => `<${e.tagName.toLowerCase()} class="${e.getAttribute('class') ?? ''}"> ${(e.textContent ?? '').trim().replace(/\s+/g, ' ').slice(0, 50)}`;
  const seen = (e) => e.getClientRects().length > 0 && getComputedStyle(e).visibility !== 'hidden';
  const scrolls = (e) => { for (let up = e; up && up !== document.body; up = up.parentElement) if (/auto|scroll/.test(getComputedStyle(up).overflowX)) return true; return false; };
  const hidden = (e) => e.closest('.vh, .skip, thead, [aria-hidden="true"]');
  const over = document.documentElement.scrollWidth - wide;
  if (over > 0) found.push(`scrolls sideways by ${over} px`);
  const out = [...document.querySelectorAll('body *')].filter((e) => seen(e) && !hidden(e) && !scrolls(e)
    && (e.getBoundingClientRect().right > wide + 1 || e.getBoundingClientRect().left < -1));
  for (const e of out.filter((e) => !out.includes(e.parentElement)).slice(0, 3)) found.push(`out of the page: ${name(e)}`);
  if (document.querySelectorAll('h1').length !== 1) found.push(`${document.querySelectorAll('h1').length} h1`);
  if (!document.title || !document.documentElement.lang || !document.styleSheets.length) found.push('no title, language or style');
  for (const e of document.querySelectorAll('svg')) {
    if (!seen(e) || e.closest('[aria-hidden="true"]') || e.parentElement.closest('svg, [role="img"]')) continue;
    if (!(e.getAttribute('aria-label') ?? '').trim()) found.push(`a chart without a name: ${name(e.parentElement)}`);
    else if (!/^(img|group)$/.test(e.getAttribute('role') ?? '')) found.push(`a chart without a role: ${e.getAttribute('aria-label').slice(0, 60)}`);
    else if (!e.closest('table') && !(e.closest('section, article, figure') ?? document.querySelector('main')).querySelector('table'))
      found.push(`a chart without a table: ${e.getAttribute('aria-label').slice(0, 60)}`);
  }
  for (const e of document.querySelectorAll('button, summary, select, input, .btn, .chip')) {
    const box = e.getBoundingClientRect();
    if (seen(e) && !e.closest('label') && (box.height < 23.9 || box.width < 23.9)) found.push(`a target of ${box.width.toFixed(0)} × ${box.height.toFixed(0)} px: ${name(e)}`);
  }
  return found;
}

// What Tab should reach, marked with its place in that order; and the bars that may cover it. A link may be left out of
// the order (as those of a chart's many segments are) where another, maybe in a list to be opened, asks for the same.
function mark() {
  const asks = (e) => [...new URL(e.getAttribute('href'), location.href).searchParams].map(String);
  const ways = [...document.querySelectorAll('a[href]')].filter((e) => e.getAttribute('tabindex') !== '-1').map((e) => new Set(asks(e)));
  const elsewhere = (e) => ways.some((way) => asks(e).every((pair) => way.has(pair)));
  const all = [...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex="0"]')]
    .filter((e) => !e.disabled && !(e.getAttribute('tabindex') === '-1' && e.matches('a') && elsewhere(e)) && e.getClientRects().length > 0 && getComputedStyle(e).visibility !== 'hidden' && (!e.checkVisibility || e.checkVisibility()));
  all.forEach((e, i) => e.setAttribute('data-test-tab', i));
  for (const e of document.querySelectorAll('body *')) if (/sticky|fixed/.test(getComputedStyle(e).position)) e.setAttribute('data-test-bar', '');
  return all.length;
}

// Where the focus is, and what is wrong with how it shows.
function focused() {
  const e = document.activeElement;
  if (!e || e === document.body) return null;
  const style = getComputedStyle(e), box = e.getBoundingClientRect(), found = [];
  const name = `<${e.tagName.toLowerCase()}> ${(e.textContent || e.getAttribute('aria-label') || e.name || '').trim().replace(/\s+/g, ' ').slice(0, 50)}`;
  if (style.outlineStyle === 'none' || parseFloat(style.outlineWidth) < 2) found.push(`focus does not show: ${name}`);
  if (box.bottom <= 0 || box.top >= innerHeight) found.push(`focused out of sight: ${name}`);
  for (const bar of document.querySelectorAll('[data-test-bar]')) {
    if (bar.contains(e) || e.contains(bar) || box.height > innerHeight / 3) continue;
    const over = bar.getBoundingClientRect();
    if (over.height > 0 && box.top < over.bottom - 1 && box.bottom > over.top + 1 && box.left < over.right && box.right > over.left && over.bottom < innerHeight)
      found.push(`focused under the sticky bar: ${name}`);
  }
  return { at: e.getAttribute('data-test-tab'), found };
}

// --- parts ---

const kept = (complaints, path, at, found) => complaints.get(path).push(...found.map((text) => `${at}: ${text}`));

// Each page once for each theme, at all widths. With a folder, a picture of each is kept.
export async function checkLooks(browser, url, paths, shots) {
  const complaints = new Map(paths.map((path) => [path, []]));
  let pictures = 0;
  await Promise.all(THEMES.map(async (theme) => {
    const context = await browser.newContext({ colorScheme: theme, viewport: { width: WIDTHS[0], height: HEIGHT } });
    const heard = [], page = await listening(context, heard);
    for (const path of paths) {
      heard.length = 0;
      const answer = await page.goto(url + path, { waitUntil: 'load' });
      if (wrong(path) !== (answer.status() >= 400)) kept(complaints, path, theme, [`status ${answer.status()}`]);
      for (const width of WIDTHS) {
        await page.setViewportSize({ width, height: HEIGHT });
        kept(complaints, path, `${width} px, ${theme}`, await page.evaluate(inspect));
        if (!shots) continue;
        const height = Math.min(TALLEST, await page.evaluate(() => document.documentElement.scrollHeight));
        await page.screenshot({ path: join(shots, shotName(path, theme, width)), fullPage: true, clip: { x: 0, y: 0, width, height } });
        pictures++;
      }
      kept(complaints, path, theme, heard);
      await page.setViewportSize({ width: WIDTHS[0], height: HEIGHT });
    }
    await context.close();
  }));
  return { complaints, pictures };
}

// axe with every rule but those of level AAA. It is let in past the policy, in a context of its own.
export async function checkAxe(browser, url, paths, sizes) {
  const complaints = new Map(paths.map((path) => [path, []]));
  await Promise.all(THEMES.map(async (theme) => {
    const context = await browser.newContext({ colorScheme: theme, bypassCSP: true, viewport: { width: WIDTHS[0], height: HEIGHT } });
    const page = await context.newPage();
    for (const path of paths) {
      await page.goto(url + path, { waitUntil: 'load' });
      await page.evaluate(AXE);
      for (const width of sizes[theme]) {
        await page.setViewportSize({ width, height: HEIGHT });
        const found = await page.evaluate(() => {
          const rules = Object.fromEntries(axe.getRules().filter((rule) => !rule.tags.includes('wcag2aaa') && !rule.tags.includes('deprecated'))
            .map((rule) => [rule.ruleId, { enabled: true }]));
          return axe.run({ rules, resultTypes: ['violations'] });
        });
        for (const v of found.violations)
          kept(complaints, path, `${theme}, ${width} px`, [`${v.id}: ${v.help}`, ...v.nodes.slice(0, 4).map((n) => '  ' + n.html.slice(0, 160).replace(/\s+/g, ' '))]);
      }
    }
    await context.close();
  }));
  return complaints;
}

// Tab forth and Shift+Tab back: each link and control is reached, shows that it has the focus, and is not covered.
export async function checkKeyboard(browser, url, paths) {
  const complaints = new Map(paths.map((path) => [path, []]));
  const ways = [{ key: 'Tab', width: WIDTHS[0] }, { key: 'Shift+Tab', width: WIDTHS[1] }];
  await Promise.all(ways.map(async ({ key, width }) => {
    const context = await browser.newContext({ viewport: { width, height: HEIGHT } });
    const page = await context.newPage();
    for (const path of paths) {
      await page.goto(url + path, { waitUntil: 'load' });
      kept(complaints, path, `${key}, ${width} px`, await walk(page, key));
    }
    await context.close();
  }));
  return complaints;
}

async function walk(page, key) {
  const all = await page.evaluate(mark), reached = new Set(), found = new Set();
  if (key !== 'Tab') await page.evaluate(() => { scrollTo(0, document.documentElement.scrollHeight); });
  const steps = Math.min(all, TABS);
  for (let i = 0; i < steps + 2; i++) {
    await page.keyboard.press(key);
    const here = await page.evaluate(focused);
    if (here === null && reached.size > 0) break;
    if (here === null) continue;
    reached.add(Number(here.at));
    for (const text of here.found) found.add(text);
  }
  for (let i = 0; i < steps; i++) {
    const at = key === 'Tab' ? i : all - 1 - i;
    if (!reached.has(at)) found.add(`not reached: ${await page.evaluate((n) => document.querySelector(`[data-test-tab="${n}"]`)?.outerHTML.slice(0, 140), at)}`);
  }
  return [...found].slice(0, 12);
}

// Without script each page shows the same total, and says as much as with it.
export async function checkScriptless(browser, url, paths) {
  const complaints = new Map(paths.map((path) => [path, []]));
  const context = await browser.newContext({ javaScriptEnabled: false });
  const heard = [], page = await listening(context, heard);
  for (const path of paths) {
    const answer = await page.goto(url + path, { waitUntil: 'load' });
    const said = await page.locator('main').innerText(), shown = await page.locator('main').getAttribute('data-total');
    const html = await answer.text();
    if (said.trim().length < 40) complaints.get(path).push(`says only: ${said.trim()}`);
    if (shown !== null && number(shown) !== total(html).n) complaints.get(path).push(`shows ${shown}`);
    if (/<main.*<button(?![^>]*\stype="?submit)[^>]*\stype="?button(?![^>]*\s(hidden|popovertarget)).*<\/main>/s.test(html))
      complaints.get(path).push('a button in it needs script, and is not hidden without');
    complaints.get(path).push(...heard.splice(0));
  }
  await context.close();
  return complaints;
}

// Loads each page once and gives what was heard.
export async function checkQuiet(browser, url, paths) {
  const complaints = [];
  await Promise.all(THEMES.map(async (theme, part) => {
    const context = await browser.newContext({ colorScheme: theme });
    const heard = [], page = await listening(context, heard);
    for (const path of paths.filter((_, i) => i % THEMES.length === part)) {
      await page.goto(url + path, { waitUntil: 'load' });
      complaints.push(...heard.splice(0).map((text) => `${path}: ${text}`));
    }
    await context.close();
  }));
  return complaints;
}

// What the script adds: a click swaps <main> and leaves the rest of the document standing, keys and copying work, a filter is
// turned round by shift-click, and what it does not understand it leaves to the browser. It stays small.
import { gzipSync } from 'node:zlib';
import { readFileSync } from 'node:fs';
import { listening } from './looks.mjs';
import { none, report } from './tap.mjs';

const SCRIPT_BYTES = 10 * 1024; // UX 3, gzipped

// A mark on the window that only a new document would lose.
const mark = (page) => page.evaluate(() => { window.kept = true; });
const kept = (page) => page.evaluate(() => window.kept === true);
const heading = (page) => page.locator('h1').textContent();

// Asks until it is so: the policy forbids what waitForFunction does.
async function until(page, holds, wanted) {
  for (const end = Date.now() + 10_000; Date.now() < end;) {
    if (await page.evaluate(holds, wanted)) return;
    await new Promise((next) => { setTimeout(next, 20); });
  }
  throw new Error(`never came true at ${page.url()}: ${holds}`);
}

async function checkSwap(page, url) {
  await page.goto(url + '/');
  await mark(page);
  const before = await heading(page);
  await page.locator('.nav a', { hasText: 'Sources' }).click();
  await page.waitForURL(/\/sources/);
  await until(page, (text) => document.querySelector('h1').textContent !== text, before);
  report(await kept(page) && await page.title() === 'Sources · ruad'
    && await page.locator('.nav a[aria-current]').textContent() === 'Sources', 'script: a link swaps the page, its title and the navigation');
  report(await page.evaluate(() => scrollY === 0 && document.activeElement.tagName !== 'BODY'), 'script: a new page begins at its top, and has the focus');
  await page.goBack();
  await until(page, (text) => document.querySelector('h1').textContent === text, before);
  report(await kept(page), 'script: the way back swaps, too');
  await page.evaluate(() => scrollTo(0, 600));
  await page.locator('main a[href*="class=untrusted"][data-n]').first().evaluate((a) => a.dispatchEvent(new MouseEvent('click', { bubbles: true, cancelable: true })));
  await page.waitForURL(/class=untrusted/);
}

async function checkForms(page, url) {
  await page.goto(url + '/');
  await mark(page);
  await page.locator('details.pop', { hasText: '+ Filter' }).locator('summary').click();
  await page.locator('input[name="class"][value="partial"]').check();
  await page.locator('.panel.wide button').click();
  await page.waitForURL((to) => to.searchParams.get('class') === 'partial');
  report(await kept(page) && new URL(page.url()).search === '?class=partial', 'script: a form asks without its empty fields', page.url());
}

async function checkExclude(page, url) {
  await page.goto(url + '/');
  await page.locator('main a.class[href*="class=untrusted"]').click({ modifiers: ['Shift'] });
  await page.waitForURL(/class!=untrusted/);
  await until(page, () => /not/.test(document.querySelector('.chip.on')?.textContent));
  report(true, 'script: shift-click on a filter shows all but that');
}

async function checkKeys(page, url) {
  const at = () => new URL(page.url()).pathname;
  await page.goto(url + '/');
  await mark(page);
  await page.keyboard.press('/');
  const find = await page.evaluate(() => document.activeElement.id);
  await page.keyboard.press('Escape');
  await page.evaluate(() => document.activeElement.blur());
  await page.keyboard.press('g');
  await page.keyboard.press('s');
  await page.waitForURL(/\/sources/);
  await until(page, () => document.title.startsWith('Sources'));
  report(find === 'find' && at() === '/sources' && await kept(page), 'script: / finds, g s goes to the senders', find);
  await page.evaluate(() => document.activeElement.blur());
  await page.keyboard.press('j');
  const first = await page.evaluate(() => document.activeElement.closest('tr')?.rowIndex);
  await page.keyboard.press('j');
  const second = await page.evaluate(() => document.activeElement.closest('tr')?.rowIndex);
  await page.keyboard.press('k');
  report(first === 1 && second === 2, 'script: j and k walk the rows', `${first}, ${second}`);
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/sources\/./);
  await until(page, () => !document.title.startsWith('Sources'));
  await page.evaluate(() => document.activeElement.blur());
  await page.keyboard.press('?');
  const shown = await page.locator('#keys').evaluate((box) => box.open);
  await page.locator('#keys input').uncheck();
  await page.keyboard.press('Escape');
  await page.evaluate(() => document.activeElement.blur());
  await page.keyboard.press('e');
  report(shown && await page.locator('details.pop[open]').count() === 0, 'script: ? lists the keys, and they can be turned off');
  await page.evaluate(() => localStorage.removeItem('keys'));
  await page.keyboard.press('e');
  report(await page.locator('details.pop[open] a[href*="format=csv"]').count() === 1, 'script: e opens what can be exported');
}

async function checkShare(context, page, url) {
  await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: url });
  await page.goto(url + '/?period=7d');
  await page.locator('[data-share]').click();
  await until(page, () => document.querySelector('[data-share]').textContent === 'Copied');
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  report(/\/\?from=\d{4}-\d\d-\d\d&to=\d{4}-\d\d-\d\d$/.test(copied) && copied.startsWith(url), 'script: Share copies an address whose days stay', copied);
}

async function checkTheme(page, url) {
  await page.goto(url + '/');
  const before = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  await page.locator('[data-theme-toggle]').click();
  const after = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  await page.reload();
  report(before !== after && await page.evaluate(() => getComputedStyle(document.body).backgroundColor) === after,
    'script: the theme turns, and stays after a reload', `${before}, ${after}`);
}

// A newer daemon has other assets: the document is loaded anew. So is what is no page.
async function checkOther(page, url) {
  await page.goto(url + '/');
  await mark(page);
  await page.route('**/sources', async (route) => {
    const answer = await route.fetch();
    await route.fulfill({ response: answer, body: (await answer.text()).replace(/app\.[0-9a-f]{16}\.css/, 'app.0000000000000000.css') });
  }, { times: 2 });
  await page.locator('.nav a', { hasText: 'Sources' }).click();
  await page.waitForURL(/\/sources/);
  await until(page, () => document.title.startsWith('Sources'));
  report(!await kept(page), 'script: a page of another version of ruad is loaded whole');
}

const REPORT = `<?xml version="1.0"?><feedback><report_metadata><org_name>Receiver</org_name><email>dmarc@receiver.example</email>
<report_id>dropped</report_id><date_range><begin>1780272000</begin><end>1780358399</end></date_range></report_metadata>
<policy_published><domain>univ.example</domain><p>none</p></policy_published><record><row><source_ip>192.0.2.1</source_ip>
<count>7</count><policy_evaluated><disposition>none</disposition><dkim>pass</dkim><spf>pass</spf></policy_evaluated></row>
<identifiers><header_from>univ.example</header_from></identifiers><auth_results/></record></feedback>`;

// Files that are dropped on the first page: a line each, as they are read, and the way on. It changes the database.
export async function checkDrop(browser, url) {
  const heard = [], context = await browser.newContext(), page = await listening(context, heard);
  await page.goto(url + '/');
  const files = await page.evaluateHandle((report) => {
    const all = new DataTransfer();
    all.items.add(new File([report], 'one.xml'));
    all.items.add(new File(['no report'], 'two.txt'));
    return all;
  }, REPORT);
  await page.dispatchEvent('main', 'dragover', { dataTransfer: files });
  await page.dispatchEvent('main', 'drop', { dataTransfer: files });
  await page.locator('.dropped-more').waitFor();
  const lines = await page.locator('.dropped li').allTextContents();
  report(/^one\.xml: Receiver, 2026-06-01 to 2026-06-01: 7 messages$/.test(lines[0]), 'script: a dropped report says whose it is, of which days and messages', lines);
  report(/^two\.txt: ./.test(lines[1]) && !/messages/.test(lines[1]), 'script: a dropped file that is none says why', lines);
  await page.locator('.dropped-more').click();
  await page.locator('main[data-total="7"]').waitFor();
  none(heard.filter((text) => !/422/.test(text)), 'script: dropping files leaves the console silent');
  await context.close();
}

export async function checkScript(browser, url) {
  const heard = [], size = gzipSync(readFileSync(new URL('../../web/ui/app.js', import.meta.url)), { level: 9 }).length;
  const context = await browser.newContext();
  const page = await listening(context, heard);
  report(size <= SCRIPT_BYTES, `the script is at most ${SCRIPT_BYTES} bytes gzipped`, `${size} bytes`);
  await checkSwap(page, url);
  await checkForms(page, url);
  await checkExclude(page, url);
  await checkKeys(page, url);
  await checkShare(context, page, url);
  await checkTheme(page, url);
  none(heard, 'script: the console stays silent');
  await checkOther(page, url);
  await context.close();
}

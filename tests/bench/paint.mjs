// How long Chromium takes from asking for a page until all of it is painted: `node paint.mjs URL PATH...`, a line a path, the
// median of five loads behind one that fills the cache. Neighbours: pages.py, which calls this.
import { chromium } from '../browser/node_modules/playwright-core/index.mjs';

const LOADS = 5;
const [url, ...paths] = process.argv.slice(2);

// The second frame behind `load`: what the first one drew is on the screen by then. A later paint of content counts as well.
function watch() {
  let latest = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) latest = Math.max(latest, entry.startTime);
  }).observe({ type: 'largest-contentful-paint', buffered: true });
  window.painted = new Promise((done) => {
    addEventListener('load', () => requestAnimationFrame(() => requestAnimationFrame(() =>
      setTimeout(() => done(Math.max(latest, performance.now()))))));
  });
}

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] });
const page = await browser.newPage();
await page.addInitScript(watch);
for (const path of paths) {
  const times = [];
  for (let i = 0; i <= LOADS; i++) {
    await page.goto(url + path);
    times.push(await page.evaluate(() => window.painted));
  }
  const median = times.slice(1).sort((a, b) => a - b)[Math.floor(LOADS / 2)];
  console.log(`${path.padEnd(40)} ${median.toFixed(1)}`);
}
await browser.close();

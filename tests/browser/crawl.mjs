// crawl: follows the links of a served database over plain HTTP and holds each page to what every page owes:
//   - a number that links to what shows a total says which (data-n), and it is the total of what it leads to: <main data-total>, or
//     data-total of the element that the address's fragment names;
//   - a page that shows a total has it as JSON (total.messages) and as CSV, with equal sums: the CSV column `messages`
//     adds up to it, and where CSV has several lists (column `list`) each adds up to the total or to one of its classes.
//     A page that counts something else says so (data-unit="reports"): then it is JSON's total.reports and CSV's lines. Lists
//     that are no breakdown are named: <main data-overlaps="signatures"> where one message may stand in several rows,
//     <main data-partial="forwarders"> where they are of some of the mail;
//   - one h1 that says something, no level of heading skipped, no place linked to that is not there;
//   - no inline script, style or handler, no control character or direction mark as it is, the headers of UX 3.
// Pages take turns by path, and within a path by their parameters, so a kind of page that is linked is also seen. Neighbours: check.mjs prints what is found here; html.mjs reads the bytes.
import { attribute, csv, forms, headings, links, places, textOf, total } from './html.mjs';
import { get } from './served.mjs';

const AT_ONCE = 6;
const CSP = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
  + "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'";
const CLASSES = ['fully_trusted', 'partially_trusted', 'untrusted', 'quarantined', 'rejected'];
// What base/text.h calls a control or direction mark, but for the ends of lines.
export const STEERS = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/;

// A control character or direction mark as a page writes it: a form cannot send it back as it was.
const MARKED = /%5BU%2B[0-9A-F]{4}%5D/;

export const keyOf = (to) => to.pathname + to.search;

// "/reports/17.xml" is of the path "/reports/*.xml".
export const pathOf = (to) => to.pathname.split('/').slice(0, 2).join('/')
  + to.pathname.split('/').slice(2).map((part) => '/*' + (/\.(xml|json|csv|gz|eml|txt)$/.exec(part)?.[0] ?? '')).join('');

// What makes two addresses of a path alike: the same parameters, and the same words in them.
const namesOf = (to) => [...to.searchParams].map(([name, value]) => name + '=' + (/^-?[a-z_]+$/.test(value) ? value : '')).sort().join('&');

// Waiting addresses, in turns.
class Turns {
  #paths = new Map();
  size = 0;

  add(path, names, item) {
    if (!this.#paths.has(path)) this.#paths.set(path, new Map());
    const of = this.#paths.get(path);
    if (!of.has(names)) of.set(names, []);
    of.get(names).push(item);
    this.size++;
  }

  take() {
    const [path, of] = this.#paths.entries().next().value;
    const [names, waiting] = of.entries().next().value;
    const item = waiting.shift();
    of.delete(names);
    if (waiting.length > 0) of.set(names, waiting);
    this.#paths.delete(path);
    if (of.size > 0) this.#paths.set(path, of);
    this.size--;
    return item;
  }
}

export class Crawl {
  complaints = { links: [], numbers: [], bare: [], sums: [], shape: [], bytes: [], headers: [], orders: [] };
  pages = new Map();                            // address: { path, kind, total, places, wire }, each page that was read
  kinds = new Map();                            // kind of page: addresses of that kind
  numbers = 0;
  files = 0;                                    // answers that are no pages: exports, raw reports
  #url; #turns = new Turns(); #known = new Set(); #promises = new Map(); #wanted = new Map(); #bare = [];

  constructor(url) {
    this.#url = url;
  }

  // Reads up to `most` pages from `seeds` on, then looks up to `targets` further addresses up for the numbers that promise them.
  async run(seeds, most, targets) {
    for (const seed of seeds) this.#want(new URL(seed, this.#url));
    while (this.#turns.size > 0 && this.pages.size < most) {
      const batch = [];
      while (batch.length < AT_ONCE && this.#turns.size > 0 && this.pages.size + batch.length < most)
        batch.push(this.#turns.take());
      const read = await Promise.all(batch.map((to) => this.#read(to)));
      for (const page of read) this.#judge(page);
    }
    await this.#settle(targets);
    return this;
  }

  left() {
    return this.#turns.size;
  }

  #say(what, to, text) {
    this.complaints[what].push(`${keyOf(to)}: ${text}`);
  }

  #want(to) {
    const key = keyOf(to);
    if (this.#known.has(key)) return;
    this.#known.add(key);
    this.#turns.add(pathOf(to), namesOf(to), to);
  }

  // A page with its exports, and each GET form of it as it stands.
  async #read(to) {
    const page = { to, answer: await get(to), exports: new Map(), forms: [] };
    if (page.answer.status !== 200 || !page.answer.type.startsWith('text/html')) return page;
    page.links = links(page.answer.body, to);
    for (const link of page.links) {
      const format = link.to.origin === to.origin && link.to.pathname === to.pathname && link.to.searchParams.get('format');
      if (format && !page.exports.has(format)) page.exports.set(format, await get(link.to));
    }
    for (const form of forms(page.answer.body, to))
      page.forms.push({ ...form, answer: await get(form.to) });
    if (this.pages.size % 16 === 0 && page.answer.headers.etag) page.again = await get(to, { 'if-none-match': page.answer.headers.etag });
    return page;
  }

  #judge(page) {
    const { to, answer } = page;
    if (answer.status !== 200) {
      this.#say('links', to, `status ${answer.status}${answer.status < 400 ? ', to ' + answer.headers.location : ''}; linked from ${this.#wanted.get(keyOf(to)) ?? 'nowhere'}`);
      return;
    }
    if (!answer.type.startsWith('text/html')) {
      this.files++;
      this.#bytes(to, answer);
      return;
    }
    const shows = total(answer.body), found = places(answer.body);
    const path = pathOf(to);
    const kind = this.#kind(path, answer.body);
    this.pages.set(keyOf(to), { path, kind, total: shows, places: found, wire: answer.wire });
    if (!this.kinds.has(kind)) this.kinds.set(kind, []);
    this.kinds.get(kind).push(keyOf(to));
    this.#shape(page, found);
    this.#bytes(to, answer);
    this.#headers(page);
    this.#exports(page, shows);
    this.#forms(page, shows);
    this.#links(page);
  }

  // Pages of one path are of one kind where they have the same places and the same heads of tables.
  #kind(path, html) {
    const main = html.slice(html.indexOf('<main'));
    const heads = [...main.matchAll(/<th\b[^>]*>(.*?)<\/th>/gs)].map(([, head]) => textOf(head));
    const named = [...places(main).keys()].filter((id) => !/[0-9]/.test(id));
    return [path, ...new Set(named), '|', ...new Set(heads)].join(' ');
  }

  #shape({ to, answer }, found) {
    const heads = headings(answer.body), first = heads.filter((head) => head.level === 1);
    if (first.length !== 1 || heads[0]?.level !== 1) this.#say('shape', to, `${first.length} h1, first heading h${heads[0]?.level}`);
    else if (!/\S\s+\S/.test(first[0].text)) this.#say('shape', to, `h1 is no sentence: "${first[0].text}"`);
    for (let i = 1; i < heads.length; i++)
      if (heads[i].level > heads[i - 1].level + 1) this.#say('shape', to, `h${heads[i].level} "${heads[i].text}" beneath h${heads[i - 1].level}`);
    if (!/<html\b[^>]*\slang="/.test(answer.body)) this.#say('shape', to, 'no language');
    const inline = /<script(?![^>]*\ssrc=)[^>]*>|<style\b|<[a-z]+\s[^>]*?\s(style|on[a-z]+)="/i.exec(answer.body);
    if (inline) this.#say('shape', to, `inline script or style: ${inline[0].slice(0, 200)}`);
    if (found.size < [...answer.body.matchAll(/\sid="/g)].length) this.#say('shape', to, 'an id stands twice');
  }

  #bytes(to, answer) {
    if (/^(text\/html|text\/csv|application\/(problem\+)?json|application\/x-ndjson)/.test(answer.type)) {
      const at = answer.body.search(STEERS);
      if (at >= 0) this.#say('bytes', to, `U+${answer.body.codePointAt(at).toString(16)} in ${answer.type}: ${JSON.stringify(answer.body.slice(Math.max(0, at - 60), at + 20))}`);
      if (answer.body.includes('\ufffd\ufffd\ufffd\ufffd')) this.#say('bytes', to, 'broken UTF-8');
    }
    if (answer.headers['x-content-type-options'] !== 'nosniff') this.#say('headers', to, 'no nosniff');
  }

  #headers({ to, answer, again }) {
    if (answer.headers['content-security-policy'] !== CSP) this.#say('headers', to, answer.headers['content-security-policy'] ?? 'no policy');
    if (again && again.status !== 304 && again.headers.etag === answer.headers.etag) this.#say('headers', to, `asked again with its ETag: ${again.status}`);
  }

  #links({ to, links }) {
    for (const link of links) {
      if (link.to.origin !== to.origin) {
        if (link.to.protocol !== 'https:') this.#say('links', to, `leads to ${link.to}`);
        continue;
      }
      const key = keyOf(link.to);
      if (!this.#wanted.has(key)) this.#wanted.set(key, keyOf(to));
      if (link.to.searchParams.has('format')) continue;
      if (link.n === null && !link.place && /^[0-9][0-9,]*$/.test(link.text) && link.to.search !== '')
        this.#bare.push({ from: to, text: link.text, to: link.to });
      if (link.n !== null || link.place) {
        if (!this.#promises.has(key)) this.#promises.set(key, []);
        this.#promises.get(key).push({ from: keyOf(to), n: link.n, place: link.place });
      }
      this.#want(link.to);
    }
  }

  #forms({ to, forms }, shows) {
    for (const form of forms) {
      if (form.answer.status !== 200) this.#say('links', to, `its form leads to ${keyOf(form.to)}: status ${form.answer.status}`);
      else if (!form.search && !MARKED.test(form.to.search) && form.to.pathname === to.pathname && total(form.answer.body)?.n !== shows?.n)
        this.#say('numbers', to, `shows ${shows?.n}, and ${total(form.answer.body)?.n} once its form is sent as it stands: ${keyOf(form.to)}`);
    }
  }

  // --- one view, three printings ---

  #exports({ to, answer, exports }, shows) {
    for (const [format, { status, type }] of exports)
      if (status !== 200) this.#say('links', to, `format=${format}: status ${status}, ${type}`);
    if (shows?.n > 0 && !(exports.has('json') && exports.has('csv'))) this.#say('sums', to, 'shows a total and has no export as JSON and CSV');
    const tag = /<main\b[^>]*>/.exec(answer.body)?.[0] ?? '';
    const loose = Object.fromEntries(['overlaps', 'partial'].map((name) => [name, attribute(tag, 'data-' + name)?.split(' ') ?? []]));
    for (const [format, answer] of exports) {
      this.files++;
      this.#bytes(to, answer);
      if (answer.status !== 200) continue;
      try {
        if (format === 'json') this.#json(to, JSON.parse(answer.body), shows);
        if (format === 'csv') this.#csv(to, csv(answer.body), shows, loose);
        if (format === 'ndjson') this.#ndjson(to, answer.body, exports.get('csv'));
      } catch (e) {
        this.#say('sums', to, `format=${format}: ${e.message}`);
      }
    }
  }

  #json(to, { total: said, data }, shows) {
    if (shows && said?.[shows.unit] !== shows.n) this.#say('sums', to, `shows ${shows.n} ${shows.unit}, as JSON ${said?.[shows.unit]}`);
    const look = (value, where) => {
      if (value === null || typeof value !== 'object') return;
      if (Number.isInteger(value.messages) && CLASSES.every((name) => Number.isInteger(value[name]))) {
        const sum = CLASSES.reduce((n, name) => n + value[name], 0);
        if (sum !== value.messages) this.#say('sums', to, `as JSON ${where}: ${value.messages} messages, its classes add up to ${sum}`);
      }
      for (const [key, item] of Object.entries(value)) look(item, `${where}.${key}`);
    };
    look(said, 'total');
    look(data, 'data');
  }

  #csv(to, [head, ...rows], shows, { overlaps, partial }) {
    for (const row of rows) {
      if (row.length !== head.length) return this.#say('sums', to, `CSV: ${row.length} cells under ${head.length} heads: ${row.join(',').slice(0, 200)}`);
      const formula = row.find((cell) => /^\s*[=+\-@\t\r]/.test(cell) && !/^-?[0-9]+(\.[0-9]+)?$/.test(cell));
      if (formula !== undefined) return this.#say('bytes', to, `a formula in CSV: ${formula.slice(0, 100)}`);
    }
    if (!shows) return;
    const list = head.indexOf('list'), column = head.indexOf(shows.unit);
    const sum = (of) => of.reduce((n, row) => n + Number(row[column]), 0);
    if (column < 0) {
      if (shows.unit !== 'messages' && rows.length !== shows.n) this.#say('sums', to, `shows ${shows.n} ${shows.unit}, as CSV ${rows.length} lines`);
    } else if (list >= 0) {
      const parts = Map.groupBy ? Map.groupBy(rows, (row) => row[list]) : group(rows, list);
      const whole = parts.get('total')?.[0];
      if (!whole || Number(whole[column]) !== shows.n) this.#say('sums', to, `shows ${shows.n}, as CSV ${whole?.[column]}`);
      const may = new Set(whole ? [column, ...CLASSES.map((name) => head.indexOf(name))].map((i) => Number(whole[i])) : []);
      for (const [name, of] of [...parts].filter(([, of]) => of.some((row) => row[column] !== '')))
        if (!overlaps.includes(name) && !(partial.includes(name) ? sum(of) <= shows.n : may.has(sum(of)))) this.#say('sums', to, `the list ${name} adds up to ${sum(of)}, neither ${shows.n} nor one of its classes`);
    } else if (overlaps.length === 0 && !(partial.length > 0 ? sum(rows) <= shows.n : sum(rows) === shows.n)) {
      this.#say('sums', to, `shows ${shows.n} ${shows.unit}, as CSV they add up to ${sum(rows)}`);
    }
    this.#order(to, head, rows);
  }

  // Sorted by a number: it is.
  #order(to, head, rows) {
    const [, down, name] = /^(-?)(.*)$/.exec(to.searchParams.get('sort') ?? ''), column = head.indexOf(name);
    const cells = column < 0 ? [] : rows.map((row) => row[column]).filter((cell) => cell !== '');
    if (!cells.every((cell) => /^-?[0-9.]+$/.test(cell))) return;
    for (let i = 1; i < cells.length; i++)
      if (down ? Number(cells[i]) > Number(cells[i - 1]) : Number(cells[i]) < Number(cells[i - 1]))
        return this.#say('orders', to, `${cells[i - 1]}, then ${cells[i]}`);
  }

  #ndjson(to, body, asCsv) {
    const lines = body.split('\n').filter(Boolean).map((line) => JSON.parse(line));
    const rows = asCsv && asCsv.status === 200 ? csv(asCsv.body).length - 1 : lines.length;
    if (rows !== lines.length) this.#say('sums', to, `${lines.length} lines of NDJSON, ${rows} of CSV`);
  }

  // --- promises: what numbers lead to ---

  async #settle(targets) {
    const rest = new Turns(), totalled = new Set([...this.pages.values()].filter((page) => page.total).map((page) => page.path));
    for (const { from, text, to } of this.#bare)
      if (totalled.has(pathOf(to))) this.#say('bare', from, `${text} -> ${keyOf(to)}`);
    for (const [key, promises] of this.#promises) {
      const to = new URL(key, this.#url), page = this.pages.get(key);
      if (page) this.#keep(to, promises, page);
      else if (promises.some((promise) => promise.n !== null)) rest.add(pathOf(to), namesOf(to), to);
    }
    for (let left = targets; left > 0 && rest.size > 0;) {
      const batch = [];
      while (batch.length < AT_ONCE && rest.size > 0 && left-- > 0) batch.push(rest.take());
      const answers = await Promise.all(batch.map((to) => get(to)));
      answers.forEach((answer, i) => {
        const promises = this.#promises.get(keyOf(batch[i]));
        if (answer.status !== 200) this.#say('links', batch[i], `status ${answer.status}; linked from ${promises[0].from}`);
        else this.#keep(batch[i], promises, { total: total(answer.body), places: places(answer.body) });
      });
    }
    this.unsettled = rest.size;
  }

  #keep(to, promises, page) {
    for (const { from, n, place } of promises) {
      if (place && !page.places.has(place)) this.complaints.links.push(`${from}: leads to ${keyOf(to)}#${place}, where there is no such place`);
      if (n === null) continue;
      const shown = page.places.get(place) ?? page.total?.n;
      this.numbers++;
      if (shown !== n) this.complaints.numbers.push(`${from}: ${n} links to ${keyOf(to)}${place && '#' + place}, which has ${shown}`);
    }
  }
}

function group(rows, column) {
  const found = new Map();
  for (const row of rows) found.set(row[column], [...found.get(row[column]) ?? [], row]);
  return found;
}

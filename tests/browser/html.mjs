// html: what a reader without script finds in the bytes of a page, and CSV. Neighbours: crawl.mjs, check.mjs.

const ENTITIES = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };

export const unescape = (text) => text.replace(/&(amp|lt|gt|quot|#39);/g, (_, name) => ENTITIES[name]);

export function attribute(tag, name) {
  const found = new RegExp(`\\s${name}="([^"]*)"`).exec(tag);
  return found ? unescape(found[1]) : null;
}

export const number = (text) => Number(text.replaceAll(',', ''));

export const textOf = (inner) => unescape(inner.replace(/<[^>]*>/g, '')).replace(/\s+/g, ' ').trim();

// Each link of a page: where to, the place on it, the number it promises (data-n) or null, and its text.
export function links(html, base) {
  return [...html.matchAll(/(<a\s[^>]*>)(.*?)<\/a>/gs)].flatMap(([, tag, inner]) => {
    const href = attribute(tag, 'href');
    if (href === null) return [];
    const to = new URL(href, base);
    const place = decodeURIComponent(to.hash.slice(1));
    to.hash = '';
    const n = attribute(tag, 'data-n');
    return [{ to, place, n: n === null ? null : number(n), text: textOf(inner) }];
  });
}

// Where each GET form leads as it stands; none that lacks what it requires. POST forms change something, and are left alone.
export function forms(html, base) {
  return [...html.matchAll(/(<form\b[^>]*>)(.*?)<\/form>/gs)].flatMap(([, tag, inner]) => {
    if ((attribute(tag, 'method') ?? 'get').toLowerCase() !== 'get') return [];
    if ([...inner.matchAll(/<(?:input|select|textarea)\b[^>]*\srequired\b[^>]*>/g)].some(([field]) => !attribute(field, 'value'))) return [];
    const to = new URL(attribute(tag, 'action') ?? base, base);
    to.search = new URLSearchParams(fields(inner)).toString();
    return [{ to, search: /role="search"/.test(tag) }];
  });
}

function fields(inner) {
  const found = [];
  for (const [tag, kind, rest] of inner.matchAll(/<(input|select)\b[^>]*>((?:(?!<\/?select\b).)*<\/select>)?/gs)) {
    const name = attribute(tag, 'name'), type = attribute(tag, 'type') ?? 'text';
    if (name === null) continue;
    if (kind === 'select') {
      const options = [...(rest ?? '').matchAll(/<option\b[^>]*>/g)].map(([option]) => option);
      const chosen = options.find((option) => /\sselected\b/.test(option)) ?? options[0];
      if (chosen) found.push([name, attribute(chosen, 'value') ?? '']);
    } else if (!['checkbox', 'radio'].includes(type) || /\schecked\b/.test(tag)) {
      found.push([name, attribute(tag, 'value') ?? '']);
    }
  }
  return found;
}

// What stands in <main data-total="..." data-unit="...">: how much the page shows in all, of what (messages).
export function total(html) {
  const tag = /<main\b[^>]*>/.exec(html)?.[0];
  const n = tag ? attribute(tag, 'data-total') : null;
  return n === null ? null : { n: number(n), unit: attribute(tag, 'data-unit') ?? 'messages' };
}

// Each place of a page (an id) and the total that stands there, or null.
export const places = (html) => new Map([...html.matchAll(/<[a-z][a-z0-9]*(?:\s[^>]*)?\sid="([^"]*)"[^>]*>/gi)]
  .map(([tag, id]) => {
    const n = attribute(tag, 'data-total');
    return [unescape(id), n === null ? null : number(n)];
  }));

export const headings = (html) => [...html.matchAll(/<h([1-6])\b[^>]*>(.*?)<\/h\1>/gs)]
  .map(([, level, inner]) => ({ level: Number(level), text: textOf(inner) }));

// RFC 4180: rows of cells. Throws where it is none.
export function csv(text) {
  const rows = [];
  let at = 0;
  while (at < text.length) {
    const row = [];
    for (;;) {
      const cell = /(?:"([^"]*(?:""[^"]*)*)"|([^",\r\n]*))(,|\r\n|$)/y;
      cell.lastIndex = at;
      const found = cell.exec(text);
      if (!found) throw new Error(`no CSV at ${at}: ${JSON.stringify(text.slice(at, at + 60))}`);
      row.push(found[1] !== undefined ? found[1].replaceAll('""', '"') : found[2]);
      at = cell.lastIndex;
      if (found[3] !== ',') break;
    }
    rows.push(row);
  }
  return rows;
}

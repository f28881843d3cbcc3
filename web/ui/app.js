/* Extras only: every page reads, filters, sorts, drills and exports without this file. It swaps <main> instead of loading
   pages, fetches ahead what the pointer rests on, and adds copying, keys, and dropping files. Pages are read as documents by
   the browser itself (Trusted Types: nothing here turns text into markup). */
(() => {
  const d = document, root = d.documentElement;
  const q = (selector, from = d) => from.querySelector(selector);
  const all = (selector, from = d) => [...from.querySelectorAll(selector)];
  const make = (tag, text, attributes = {}) => {
    const e = d.createElement(tag);
    if (text) e.textContent = text;
    for (const [name, value] of Object.entries(attributes)) e.setAttribute(name, value);
    return e;
  };

  // --- pages: fetched, then put in place of what is shown ---

  const PARTS = ['.nav', '.search', '.scope-note', '.filters', 'p.paper', 'main', 'footer'];
  const AHEAD_MS = 15000, SLOW_MS = 400;
  const ahead = new Map(); // address: { at, page }
  const bar = d.body.appendChild(make('div', '', { class: 'loading', role: 'status', hidden: '' }));
  let turn = 0;

  const read = (url) => new Promise((done, lost) => {
    const request = new XMLHttpRequest();
    request.open('GET', url);
    request.setRequestHeader('Accept', 'text/html');
    request.responseType = 'document';
    request.onload = () => done({ page: request.response, url: request.responseURL });
    request.onerror = lost;
    request.send();
  });

  const fetchAhead = (url) => {
    const known = ahead.get(url);
    if (known && Date.now() - known.at < AHEAD_MS) return known.page;
    const page = read(url);
    page.catch(() => ahead.delete(url));
    if (ahead.size > 20) ahead.clear();
    ahead.set(url, { at: Date.now(), page });
    return page;
  };

  const assets = (page) => all('link[rel=stylesheet], script[src]', page).map((e) => e.getAttribute('href') ?? e.getAttribute('src')).join();

  // The place of the focus, to be found again in what comes: a link or button of the same words in the same part.
  const placeOf = (e) => {
    const part = PARTS.find((selector) => e?.closest?.(selector));
    return part ? { part, tag: e.tagName, text: e.textContent } : null;
  };

  const focusAgain = (place, same, quiet) => {
    const found = same && place && all(place.tag, q(place.part) ?? d.createElement('p')).find((e) => e.textContent === place.text);
    const target = found || (quiet ? null : q('h1'));
    if (!target) return;
    if (target.tagName === 'H1') target.tabIndex = -1;
    target.focus({ preventScroll: true });
  };

  const put = (page) => {
    const whole = [];
    for (const selector of PARTS) {
      const now = q(selector), next = q(selector, page);
      if (now && next) now.replaceWith(d.adoptNode(next));
      else if (now) now.remove();
      else if (next) whole.push(d.adoptNode(next));
    }
    for (const part of whole) (part.matches('.nav, .search') ? q('.top .bar') : d.body).append(part);
    if (whole.some((part) => part.matches('.filters, .paper, .scope-note'))) {
      for (const part of whole) q('main').before(part);
    }
    d.title = page.title;
    dress();
  };

  const swap = async (url, { push = true, y = null, quiet = false } = {}) => {
    const mine = ++turn, same = new URL(url).pathname === location.pathname;
    const place = placeOf(d.activeElement), kept = scrollY;
    const slow = setTimeout(() => { bar.hidden = false; }, SLOW_MS);
    let got;
    try {
      got = await fetchAhead(url);
    } catch {
      got = null;
    }
    clearTimeout(slow);
    if (mine !== turn) return;
    bar.hidden = true;
    ahead.delete(url);
    if (!got?.page || !q('main', got.page) || assets(got.page) !== assets(d)) {
      location.href = url;
      return;
    }
    if (push) {
      history.replaceState({ y: kept }, '');
      history.pushState({}, '', got.url + new URL(url).hash);
    }
    const apply = () => {
      put(got.page);
      focusAgain(place, same, quiet);
      scrollTo(0, y ?? (same || quiet ? kept : 0));
    };
    if (quiet || !d.startViewTransition || matchMedia('(prefers-reduced-motion: reduce)').matches) apply();
    else d.startViewTransition(apply);
  };

  // A link that shows a page of ours, as an address, or null.
  const pageOf = (a) => {
    if (!a?.href || a.target || a.hasAttribute('download')) return null;
    const url = new URL(a.href.baseVal ?? a.href, location);
    const data = /^\/(api|assets|metrics|health)/.test(url.pathname) || /\.xml$|\/(raw|mail|refused)$/.test(url.pathname);
    const format = url.searchParams.get('format');
    if (url.origin !== location.origin || data || (format && format !== 'html')) return null;
    return url.hash && url.pathname + url.search === location.pathname + location.search ? null : url;
  };

  // Shift-click on a filter: all but that. One parameter differs from the present address, on the same page.
  const excluding = (url) => {
    if (url.pathname !== location.pathname) return null;
    const now = new URLSearchParams(location.search), names = [];
    for (const [name, value] of url.searchParams) if (now.get(name) !== value) names.push(name);
    if (names.length !== 1 || /!$|^(period|from|to|compare|sort|by|cols|after|limit|q)$/.test(names[0])) return null;
    const other = new URL(url), value = other.searchParams.get(names[0]);
    other.searchParams.delete(names[0]);
    other.searchParams.set(names[0] + '!', value);
    other.search = other.search.replace('%21=', '!=');
    return other;
  };

  const plain = (event) => event.button === 0 && !event.ctrlKey && !event.metaKey && !event.altKey && !event.defaultPrevented;

  history.scrollRestoration = 'manual';
  addEventListener('popstate', (event) => swap(location.href, { push: false, y: event.state?.y ?? 0 }));

  // --- pointer ---

  const copy = async (text, button) => {
    const before = button.textContent;
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = 'Copied';
    } catch {
      button.textContent = 'Not copied';
    }
    setTimeout(() => { button.textContent = before; }, 2000);
  };

  const dark = () => (root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches);

  d.addEventListener('click', (event) => {
    const on = (selector) => event.target.closest?.(selector);
    for (const pop of all('details.pop[open]')) if (!pop.contains(event.target)) pop.open = false;
    const theme = on('[data-theme-toggle]'), copying = on('[data-copy]'), share = on('[data-share]'), a = on('a');
    if (theme) {
      root.dataset.theme = dark() ? 'light' : 'dark';
      d.cookie = 'theme=' + root.dataset.theme + '; path=/; max-age=31536000; samesite=lax';
    } else if (copying) {
      copy(q(copying.dataset.copy)?.textContent ?? '', copying);
    } else if (share && plain(event)) {
      event.preventDefault();
      copy(share.href, share);
    } else if (a && plain(event)) {
      const url = pageOf(a), other = url && event.shiftKey ? excluding(url) : null;
      if (!url || (event.shiftKey && !other)) return;
      event.preventDefault();
      swap((other ?? url).href);
    }
  });

  let resting;
  d.addEventListener('pointerover', (event) => {
    clearTimeout(resting);
    const url = event.pointerType === 'mouse' && pageOf(event.target.closest?.('a'));
    if (url) resting = setTimeout(() => fetchAhead(url.href).catch(() => {}), 80);
  });

  // A form that asks: its empty fields are left out of the address.
  d.addEventListener('submit', (event) => {
    const form = event.target;
    if (form.method !== 'get') return;
    const url = new URL(form.action), fields = new URLSearchParams();
    for (const [name, value] of new FormData(form, event.submitter)) if (value) fields.append(name, value);
    url.search = fields;
    if (!pageOf({ href: url.href, hasAttribute: () => false })) return;
    event.preventDefault();
    swap(url.href);
  });

  // --- keys ---

  const GO = { o: '/', r: '/rollout', s: '/sources', l: '/lists', d: '/domains', b: '/bulk', p: '/reports', i: '/ingest' };
  const HELP = [['/', 'Find'], ['g', 'then o, r, s, l, d, b, p or i: Overview, Rollout, Sources, Lists, Domains, Bulk senders, Reports, Ingest'],
    ['j k', 'Next and previous row'], ['Enter', 'Open the row'], ['f', 'Filter'], ['c', 'Compare'], ['e', 'Export'],
    ['x', 'Clear filters'], ['?', 'This list']];
  const off = () => { try { return localStorage.getItem('keys') === 'off'; } catch { return false; } };
  let gone = 0;

  const showKeys = () => {
    let box = q('#keys');
    if (!box) {
      box = d.body.appendChild(make('dialog', '', { id: 'keys', 'aria-labelledby': 'h-keys' }));
      box.append(make('h2', 'Keys', { id: 'h-keys' }));
      const list = box.appendChild(make('dl', '', { class: 'keys' }));
      for (const [key, what] of HELP) list.append(make('dt', key), make('dd', what));
      const label = box.appendChild(make('label', '', { class: 'check' })), tick = label.appendChild(make('input', '', { type: 'checkbox' }));
      tick.checked = !off();
      tick.onchange = () => { try { localStorage.setItem('keys', tick.checked ? 'on' : 'off'); } catch { /* not kept */ } };
      label.append(' Single keys do this; ? always shows this list');
      const form = box.appendChild(make('form', '', { method: 'dialog' }));
      form.append(make('button', 'Close', { class: 'btn primary' }));
    }
    box.showModal();
  };

  const row = (step) => {
    const rows = all('main tbody tr, main .todo > li, main .hb > a').filter((e) => e.offsetParent && q('a, :scope', e) && (e.tagName === 'A' || q('a', e)));
    const at = rows.findIndex((e) => e.contains(d.activeElement));
    const next = rows[at < 0 ? (step > 0 ? 0 : rows.length - 1) : Math.min(rows.length - 1, Math.max(0, at + step))];
    (next?.tagName === 'A' ? next : next && q('a', next))?.focus();
  };

  const open = (key) => {
    const pop = q(`details.pop[data-key=${key}]`);
    if (!pop) return;
    pop.open = !pop.open;
    if (pop.open) q('a, input:not([type=hidden]), select', pop)?.focus();
  };

  d.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') for (const pop of all('details.pop[open]')) { pop.open = false; q('summary', pop).focus(); }
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest?.('input, textarea, select, dialog')) return;
    const key = event.key, going = Date.now() - gone < 1500;
    gone = 0;
    if (key !== '?' && off()) return;
    if (going && GO[key]) all('.nav a').find((a) => a.pathname === GO[key])?.click();
    else if (key === 'g') gone = Date.now();
    else if (key === '/') q('#find')?.focus();
    else if (key === '?') showKeys();
    else if (key === 'j' || key === 'k') row(key === 'j' ? 1 : -1);
    else if (key === 'x') q('[data-clear]')?.click();
    else if (key === 'f' || key === 'c' || key === 'e') open(key);
    else return;
    event.preventDefault();
  });

  // --- files that are dropped: one line each, as they are read ---

  const day = (time) => (time ?? '').slice(0, 10);
  const became = (t) => (t.outcome === 'refused' ? `${t.code}: ${t.detail}`
    : `${t.reporter ?? 'unknown'}, ${day(t.begin)} to ${day(t.end)}: ${Number(t.messages).toLocaleString('en-GB')} messages`
      + (t.duplicate ? ' (was here already)' : ''));

  const send = async (file, line) => {
    try {
      const answer = await fetch('/api/v1/ingest', { method: 'POST', body: file, headers: { 'Content-Type': 'application/octet-stream' } });
      const said = await answer.json();
      const parts = said.documents?.map(became) ?? [said.detail ?? said.title ?? `status ${answer.status}`];
      line.textContent = `${file.name}: ${parts.slice(0, 5).join('; ')}${parts.length > 5 ? ` and ${parts.length - 5} more` : ''}`;
    } catch {
      line.textContent = `${file.name}: not sent. Is ruad still running?`;
    }
  };

  const take = async (files, area) => {
    const list = q('.dropped', area) ?? make('ul', '', { class: 'dropped', 'aria-live': 'polite' });
    if (!list.isConnected && area.matches('main')) q('.grid', area).before(list);
    else if (!list.isConnected) area.append(list);
    for (const file of files) await send(file, list.appendChild(make('li', `${file.name}: reading…`)));
    if (!q('.dropped-more', area)) list.after(make('a', 'See the Overview', { class: 'btn primary dropped-more', href: '/' }));
    ahead.clear();
  };

  const dropArea = () => q('[data-drop]');
  for (const name of ['dragover', 'dragleave', 'drop'])
    d.addEventListener(name, (event) => {
      const area = dropArea();
      if (!area || !event.dataTransfer?.types.includes('Files')) return;
      event.preventDefault();
      area.classList.toggle('over', name === 'dragover');
      if (name === 'drop') take([...event.dataTransfer.files], area);
    });

  // --- pages that go on: asked every few seconds whether their data changed ---

  const tagOf = async () => (await fetch(location.href, { method: 'HEAD', headers: { Accept: 'text/html' } })).headers.get('ETag');
  let tag = null, watching = false;
  setInterval(async () => {
    if (watching || d.hidden || !q('main[data-live]') || q('.dropped, dialog[open], details[open]') || d.activeElement?.matches('input, select, textarea')) return;
    watching = true;
    try {
      const next = await tagOf();
      if (tag && next && next !== tag && q('main[data-live]')) {
        ahead.clear();
        await swap(location.href, { push: false, quiet: true });
      }
      tag = next;
    } catch { /* asked again later */ }
    watching = false;
  }, 5000);

  addEventListener('beforeprint', () => {
    const here = q('[data-here]');
    if (here) here.textContent = `${location.href}, ${new Date().toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  });

  // --- what only makes sense with script ---

  let pres = 0;
  const dress = () => {
    tag = null;
    for (const e of all('[data-theme-toggle], [data-js]')) e.hidden = false;
    for (const pre of all('main pre')) {
      pre.id ||= `pre-${++pres}`;
      if (!q(`[data-copy="#${pre.id}"]`)) pre.after(make('button', 'Copy', { type: 'button', class: 'btn small copy', 'data-copy': `#${pre.id}` }));
    }
  };
  dress();
})();

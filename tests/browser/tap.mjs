// tap: counting cases, each printed as it ends. Neighbours: check.mjs, and every part of the suite.

let count = 0, failed = 0;

export function report(good, name, detail = []) {
  count++;
  console.log(`${good ? 'ok' : 'not ok'} ${count} - ${name}`);
  if (good) return;
  failed++;
  for (const line of [detail].flat().slice(0, 30)) console.log('#   ' + String(line).replaceAll('\n', '\n#   '));
}

export const none = (complaints, name) => report(complaints.length === 0, name,
  complaints.length > 30 ? [`${complaints.length} of them`, ...complaints] : complaints);

export const note = (text) => console.log('# ' + text);

// A part that throws is one failed case; the parts behind it still run.
export async function guard(name, part) {
  const began = Date.now();
  try {
    return await part();
  } catch (e) {
    report(false, name, e.stack ?? e);
  } finally {
    note(`${name}: ${((Date.now() - began) / 1000).toFixed(1)} s`);
  }
}

export function end() {
  console.log(`1..${count}`);
  return failed ? 1 : 0;
}

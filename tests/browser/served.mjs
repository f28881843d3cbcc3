// served: databases made and served for the suite, and answers as bytes. Neighbours: check.mjs; ../harness.py does the
// like for the suites in Python. $RUAD names the binary.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import http from 'node:http';
import { gunzipSync } from 'node:zlib';
import { writeFileSync } from 'node:fs';

const RUAD = process.env.RUAD ?? new URL('../../build-test/daemon/ruad', import.meta.url).pathname;

// Runs a program to its end and gives its exit code; what it says on standard error is thrown where the code is none of `fine`.
export async function run(program, args, fine = [0]) {
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (data) => { said = (said + data).slice(-4000); });
  const code = await new Promise((done, lost) => { child.on('close', done); child.on('error', lost); });
  if (!fine.includes(code)) throw new Error(`${program} ${args.join(' ')}: exit ${code}\n${said}`);
  return code;
}

export const ruad = (args, fine) => run(RUAD, args, fine);

// Serves on a free port; `verb` is serve, or demo, which makes its data first. No name is looked up.
export async function serve(db, verb = 'serve') {
  const conf = db + '.conf';
  writeFileSync(conf, 'dns = { lookups = false; };\n');
  const server = spawn(RUAD, ['--config', conf, '--db', db, verb, '--listen', '127.0.0.1:0'],
    { stdio: ['ignore', 'ignore', 'pipe'] });
  const said = createInterface({ input: server.stderr });
  const url = await new Promise((found, lost) => {
    said.on('line', (line) => {
      const at = /serving on (http:\/\/127\.0\.0\.1:[1-9][0-9]*)/.exec(line);
      if (at) found(at[1]);
    });
    server.on('exit', (code) => lost(new Error(`${verb} ended with ${code}`)));
  });
  return { url, stop: () => stop(server) };
}

async function stop(server) {
  if (server.exitCode !== null) return;
  const ended = new Promise((done) => server.on('exit', done));
  server.kill('SIGTERM');
  await ended;
}

const agent = new http.Agent({ keepAlive: true, maxSockets: 6 });

// GET as a browser asks; no redirect is followed. `wire` is how many bytes of body were sent.
export function get(to, headers = {}) {
  return new Promise((done, lost) => {
    const asked = http.get(to, { agent, headers: { accept: 'text/html,*/*;q=0.8', 'accept-encoding': 'gzip', ...headers } }, (answer) => {
      const parts = [];
      answer.on('data', (part) => parts.push(part));
      answer.on('error', lost);
      answer.on('end', () => {
        const sent = Buffer.concat(parts);
        const bytes = answer.headers['content-encoding'] === 'gzip' && sent.length > 0 ? gunzipSync(sent) : sent;
        done({ status: answer.statusCode, type: answer.headers['content-type'] ?? '', headers: answer.headers,
          body: bytes.toString('utf8'), wire: sent.length });
      });
    });
    asked.on('error', lost);
  });
}

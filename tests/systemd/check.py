#!/usr/bin/env python3
"""The unit as `meson install` puts it in place: systemd finds nothing wrong with it, it stays locked in, and its ExecStart line,
run as a user of its own with the directories that it asks for, serves, reloads, and ends as the unit expects of it.

systemd itself need not run: what it would hand over (directories, sockets, variables) is handed over here.
"""
import contextlib
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
import urllib.request

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import samples  # noqa: E402
from harness import DEADLINE_S, RUAD, Tap, folder  # noqa: E402

BUILD = os.path.dirname(os.path.dirname(RUAD))
MOST_EXPOSURE = 2.0
OWN_ID = 65534 # nobody: a user without a name for it, who owns nothing
PATIENCE_S = 60


def run(*argv, **more):
    return subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=DEADLINE_S, **more)


def find(top, name):
    return [os.path.join(where, f) for where, _, names in os.walk(top) for f in names
            if os.path.relpath(os.path.join(where, f), top).endswith(name)]


def settings(path):
    """{key: [values]} of a unit, without its sections."""
    found = {}
    with open(path, encoding="utf-8") as f:
        for line in f:
            if re.match(r"[A-Za-z]+=", line):
                key, value = line.rstrip("\n").split("=", 1)
                found.setdefault(key, []).append(value)
    return found


# --- the files ---

def check_files(tap, top):
    """Installs below `top`; returns the unit, its paths leading below `top` too."""
    installed = run("meson", "install", "-C", BUILD, "--no-rebuild", "--quiet", "--destdir", top)
    names = ("systemd/system/ruad.service", "systemd/system/ruad.socket", "sysusers.d/ruad.conf", "tmpfiles.d/ruad.conf")
    found = {name: find(top, "/lib/" + name) for name in names}
    if not tap.case(all(len(paths) == 1 for paths in found.values()), "what systemd reads is installed",
                    installed.stdout + str(found)):
        return None
    unit = found[names[0]][0]
    program = shlex.split(settings(unit)["ExecStart"][0])[0]
    tap.case(os.access(top + program, os.X_OK), "the program is where the unit starts it", program)
    with open(unit, encoding="utf-8") as f:
        text = f.read()
    moved = samples.write(os.path.join(top, "moved"), "ruad.service", text.replace("=" + program, "=" + top + program))
    done = run("systemd-analyze", "verify", "--man=no", moved, found[names[1]][0])
    tap.case(done.returncode == 0 and "ruad" not in done.stdout, "systemd-analyze verify finds nothing", done.stdout)
    for page in settings(unit)["Documentation"][0].split():
        name, section = re.fullmatch(r"man:(.+)\(([0-9])\)", page).groups()
        tap.case(find(top, "/man%s/%s.%s" % (section, name, section)), "%s is installed" % page)
    check_accounts(tap, top, found)
    return moved


def check_accounts(tap, top, found):
    """The user and the first configuration, made below a root of their own as a machine would make them."""
    root = os.path.join(top, "root")
    for name in ("sysusers.d/ruad.conf", "tmpfiles.d/ruad.conf"):
        samples.write(os.path.join(root, "usr/lib", os.path.dirname(name)), "ruad.conf", open(found[name][0], encoding="utf-8").read())
    example = re.search(r"^C (\S+) .* (\S+)$", open(found["tmpfiles.d/ruad.conf"][0], encoding="utf-8").read(), re.M)
    tap.case(os.path.exists(top + example.group(2)), "the example that the configuration begins as is installed", example.group(2))
    if os.geteuid() != 0:
        tap.skip("sysusers makes the unit's user", "only root can")
        return
    os.makedirs(os.path.join(root, "etc"))
    done = run("systemd-sysusers", "--root=" + root)
    with contextlib.suppress(OSError):
        with open(os.path.join(root, "etc/passwd"), encoding="utf-8") as f:
            done.stdout += f.read()
    tap.case(re.search(r"^ruad:[^:]*:[0-9]+:[0-9]+:", done.stdout, re.M), "sysusers makes the unit's user", done.stdout)


# --- locked in ---

def exposure(unit):
    done = run("systemd-analyze", "security", "--offline=true", "--no-pager", "--threshold=%d" % (MOST_EXPOSURE * 10), unit)
    found = re.search(r"Overall exposure level for \S+: ([0-9.]+)", done.stdout)
    return done, float(found.group(1)) if found else None


def check_security(tap, top, unit):
    done, level = exposure(unit)
    tap.case(done.returncode == 0 and level is not None and level <= MOST_EXPOSURE,
             "systemd-analyze security: %s, at most %s" % (level, MOST_EXPOSURE), done.stdout)
    with open(unit, encoding="utf-8") as f:
        open_ = "".join(line for line in f if not re.match(r"(Protect|Private|Restrict|SystemCall|Capability)", line))
    done, level = exposure(samples.write(os.path.join(top, "open"), "ruad.service", open_))
    tap.case(done.returncode != 0 and level > MOST_EXPOSURE, "and a unit that is not locked in is told: %s" % level, done.stdout)


# --- running ---

class Service:
    """What ExecStart starts, as systemd would: variables, directories, a socket to hear from it, no privilege."""

    def __init__(self, top, unit, listening=None, config=""):
        self.said, self.top = b"", top
        self.ids = OWN_ID if os.geteuid() == 0 else os.getuid()
        self.env = {"PATH": "/usr/bin:/bin", "WATCHDOG_USEC": "500000"}
        for kind, below in (("Configuration", "etc"), ("State", "var/lib")):
            path = os.path.join(top, below, settings(unit)[kind + "Directory"][0])
            os.makedirs(path)
            self.env[kind.upper() + "_DIRECTORY"] = path
        state = self.env["STATE_DIRECTORY"]
        os.chmod(state, int(settings(unit)["StateDirectoryMode"][0], 8))
        os.chown(state, self.ids, self.ids if os.geteuid() == 0 else -1)
        self.conf = samples.write(self.env["CONFIGURATION_DIRECTORY"], "ruad.conf", self.config(config))
        self.notices = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.env["NOTIFY_SOCKET"] = os.path.join(top, "notify")
        self.notices.bind(self.env["NOTIFY_SOCKET"])
        os.chmod(self.env["NOTIFY_SOCKET"], 0o777)
        self.argv = [re.sub(r"\$\{(\w+)\}", lambda m: self.env[m.group(1)], word)
                     for word in shlex.split(settings(unit)["ExecStart"][0])]
        self.errors = open(os.path.join(top, "errors"), "w+b")
        self.process = subprocess.Popen(
            self.unprivileged(["sh", "-c", 'LISTEN_PID=$$ exec "$@"', "sh"] + self.argv), cwd="/", umask=int(settings(unit)["UMask"][0], 8),
            env={**self.env, **({"LISTEN_FDS": "1"} if listening else {})}, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=self.errors, pass_fds=(3,) if listening else (),
            preexec_fn=(lambda: os.dup2(listening.fileno(), 3)) if listening else None)

    def config(self, more):
        return ('database = { path = "%s/ruad.db"; };\nweb = { listen = "127.0.0.1:0"; };\ndns = { lookups = false; };\n%s'
                % (self.env["STATE_DIRECTORY"], more))

    def unprivileged(self, argv):
        if os.geteuid() != 0:
            return ["setpriv", "--no-new-privs", "--"] + argv
        return ["setpriv", "--reuid=%d" % self.ids, "--regid=%d" % self.ids, "--clear-groups", "--no-new-privs", "--inh-caps=-all",
                "--bounding-set=-all", "--"] + argv

    def log(self):
        with open(self.errors.name, "rb") as f:
            return f.read().decode(errors="replace")

    def hears(self, word, seconds=PATIENCE_S):
        """Whether the service says `word` before the time is over or it ends."""
        until = time.monotonic() + seconds
        while time.monotonic() < until and self.process.poll() is None:
            self.notices.settimeout(1)
            with contextlib.suppress(socket.timeout):
                if word in self.notices.recv(4096).decode().splitlines():
                    return True
        return False

    def check(self):
        """`ruad check`, as the service's user."""
        at = self.argv.index("serve")
        return run(*self.unprivileged(self.argv[:at] + ["check"]), cwd="/", env=self.env)

    def end(self):
        self.process.kill() # what ended already is not touched
        self.process.wait()
        self.notices.close()
        self.errors.close()


@contextlib.contextmanager
def service(*args, **more):
    s = Service(*args, **more)
    try:
        yield s
    finally:
        s.end()


def answers(url):
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=PATIENCE_S) as r:
        return r.status


def check_life(tap, top, unit):
    with service(os.path.join(top, "life"), unit) as s:
        if not tap.case(s.hears("READY=1"), "ExecStart, as a user of its own, says that it is ready", s.log()):
            return
        url = re.findall(r"serving on (http://\S+)", s.log())[-1]
        tap.equal(answers(url + "/"), 200, "it serves")
        done = s.check()
        tap.case(done.returncode == 0, "ruad check answers, and finds nothing wrong", done.stdout + s.log())
        tap.case(s.hears("WATCHDOG=1"), "the watchdog hears of it", s.log())
        check_reload(tap, s)
        s.process.send_signal(signal.SIGTERM)
        began = time.monotonic()
        tap.case(s.hears("STOPPING=1"), "SIGTERM: it says that it is ending", s.log())
        code = s.process.wait(timeout=PATIENCE_S)
        most = float(settings(unit)["TimeoutStopSec"][0])
        tap.case(code == 0 and time.monotonic() - began < most, "and ends well, within the unit's patience of %g s" % most,
                 "exit %s\n%s" % (code, s.log()))
        owned = [os.stat(os.path.join(s.env["STATE_DIRECTORY"], f)) for f in os.listdir(s.env["STATE_DIRECTORY"])]
        tap.case(owned and all(st.st_uid == s.ids and st.st_mode & 0o077 == 0 for st in owned), "what it wrote is its own alone", owned)


def check_reload(tap, s):
    samples.write(os.path.dirname(s.conf), "ruad.conf", "web = { lisen = 1; };\n")
    s.process.send_signal(signal.SIGHUP)
    tap.case(s.hears("READY=1") and ":1: unknown key" in s.log(), "a reload of a broken file: told with its line, and it goes on", s.log())
    samples.write(os.path.dirname(s.conf), "ruad.conf", s.config("# again\n"))
    s.process.send_signal(signal.SIGHUP)
    tap.case(s.hears("READY=1"), "a reload of a good file: ready again", s.log())


def check_socket(tap, top, unit):
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        listening.set_inheritable(True)
        with service(os.path.join(top, "socket"), unit, listening=listening) as s:
            tap.case(s.hears("READY=1") and answers("http://127.0.0.1:%d/" % listening.getsockname()[1]) == 200,
                     "a socket that the service manager holds is the one that it serves on", s.log())


def check_mistake(tap, top, unit):
    with service(os.path.join(top, "mistake"), unit, config="mail = ( { name = \"a\"; } );\n") as s:
        code = s.process.wait(timeout=PATIENCE_S)
        tap.case(str(code) in settings(unit)["RestartPreventExitStatus"] and "has no type" in s.log(),
                 "a mistake in ruad.conf ends it with a code that the unit does not try again", "exit %d\n%s" % (code, s.log()))


def main():
    tap = Tap()
    os.umask(0o022) # its own user must come through to its folders
    with folder() as top:
        os.chmod(top, 0o755)
        unit = check_files(tap, top)
        for name, check in (("security", check_security), ("the service", check_life), ("socket activation", check_socket),
                            ("a mistake", check_mistake)):
            with tap.guard(name):
                if unit is not None:
                    check(tap, top, unit)
    tap.end()


if __name__ == "__main__":
    main()

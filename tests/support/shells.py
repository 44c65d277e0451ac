"""bash, zsh and fish on a pseudo terminal, with Sluice's completion loaded: a Tab is pressed, and the words that are there then are read."""

import fcntl
import os
import pty
import re
import select
import shutil
import signal
import struct
import subprocess
import termios
import time

from support import paths

SECONDS = 30
TAB, HOME, ENTER, KILL_LINE = "\t", "\x01", "\r", "\x15"

# `show` prints its arguments as the shell has read them. The prompt tells that the shell is ready.
STARTS = {
    "bash": (["bash", "--noprofile", "--rcfile", "{rc}", "-i"], """
PS1='READY> '
set -u
show() { printf '[%s]' "$@"; echo; }
bind 'set enable-bracketed-paste off'
bind 'set show-all-if-ambiguous on'
bind 'set page-completions off'
source {script}
"""),
    "zsh": (["zsh", "-d", "-i"], """
PS1='READY> '
unset zle_bracketed_paste
setopt no_beep no_prompt_cr no_auto_remove_slash
bindkey -e
show() { printf '[%s]' "$@"; echo; }
autoload -Uz compinit
compinit -u -D
source {script}
"""),
    "fish": (["fish", "--no-config", "-i", "-C", "source {rc}"], """
function fish_prompt; printf 'READY> '; end
function fish_greeting; end
set -g fish_autosuggestion_enabled 0
function show; printf '[%s]' $argv; echo; end
source {script}
"""),
}  # fmt: skip


def is_installed(name):
    return shutil.which(name) is not None


class Shell:
    def __init__(self, name, folder, home, **environment):
        command, rc = STARTS[name]
        script = home / f"sluice.{name}"
        script.write_text(subprocess.run([paths.SLUICE, "completion", name], capture_output=True, text=True, check=True).stdout)
        file = home / (".zshrc" if name == "zsh" else f"rc.{name}")
        file.write_text(rc.replace("{script}", str(script)))
        clean = {key: value for key, value in os.environ.items() if not key.startswith(("SLUICE_", "XDG_"))}
        path = f"{paths.SLUICE.parent}:{clean['PATH']}"
        clean |= {"HOME": str(home), "ZDOTDIR": str(home), "TERM": "xterm", "LC_ALL": "C.UTF-8", "PATH": path, "HISTFILE": "", **environment}
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.chdir(folder)
            os.execvpe(command[0], [word.replace("{rc}", str(file)) for word in command], clean)
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 60, 200, 0, 0))
        self.read_until(r"READY> $")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.kill(self.pid, signal.SIGKILL)
        os.close(self.terminal)
        os.waitpid(self.pid, 0)

    def type(self, keys):
        os.write(self.terminal, keys.encode())

    def read_until(self, pattern):
        """The screen's text, without colours and movements, once the pattern is in it."""
        deadline = time.monotonic() + SECONDS
        data = b""
        while True:
            text = re.sub(r"\x1b(\[[0-9;?>=]*[A-Za-z]|\][^\x07]*\x07|[()][A-Z0-9]|[=>])", "", data.decode(errors="replace")).replace("\r", "")
            if re.search(pattern, text):
                return text
            left = deadline - time.monotonic()
            assert left > 0 and select.select([self.terminal], [], [], left)[0], f"{pattern} did not come: {text!r}"
            data += os.read(self.terminal, 65536)

    def completed(self, line):
        """The words of the line after a Tab at its end."""
        self.type(line + TAB + HOME + "show " + ENTER)
        text = self.read_until(r"\n?\[sluice\][^\n]*\n[^\0]*READY> $")
        return re.findall(r"\[(.*?)\]", re.search(r"\[sluice\][^\n]*", text)[0])[1:]

    def listed(self, line, *words):
        """Asserts that a Tab shows the words."""
        self.type(line + TAB)
        self.read_until("".join(f"(?=[^\0]*{re.escape(each)})" for each in words))
        self.type(KILL_LINE + "show done" + ENTER)
        self.read_until(r"\[done\][^\0]*READY> $")

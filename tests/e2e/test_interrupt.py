"""Ctrl-C and SIGTERM end a command at once: one line, the exit code of the signal, no thread and no half file left."""

import os
import pty
import signal
import subprocess
import sys
import time

import pytest

from tenfold.app.cli import interrupt
from tenfold.app.replay import replay


@pytest.fixture(autouse=True)
def answered_by_python():
    """Start where Python answers Ctrl-C and a lost terminal: it does not in a process that was begun in the background, or by nohup."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler), signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    for number, taken in zip((signal.SIGINT, signal.SIGHUP), before, strict=True):
        signal.signal(number, taken)


STRATEGY = '''
from tenfold.indicators import Integer, Mean, State, fold, mean, sign

@fold(fast=Integer(2, 4000), slow=Integer(2, 4000), state=State(fast=Mean, slow=Mean))
def wide(state, bar, params):
    """Long while the fast mean is above the slow one."""
    return sign(mean(state.fast, bar.close, params.fast) - mean(state.slow, bar.close, params.slow))
'''

FROM_PYTHON = """
import os, signal, threading, time
from tenfold import sample_bars, sweep

bars = sample_bars("us-large-caps")
pressed = []

def press(done, total):
    if not pressed:
        pressed.append(time.monotonic())
        threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGINT)).start()

try:
    sweep("wide.py", bars, grid={"fast": range(2, 302), "slow": range(1001, 2001)}, progress=press)
except KeyboardInterrupt:
    print(threading.active_count(), time.monotonic() - pressed[0])
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "wide.py").write_text(STRATEGY)
    return tmp_path


def test_a_sweep_on_a_terminal(folder):
    master, terminal = pty.openpty()
    line = "sweep wide.py --sample us-large-caps -g fast=2:301 -g slow=1001:2000 --heatmap heat.html"
    with subprocess.Popen(
        [sys.executable, "-m", "tenfold", *line.split()],
        cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=terminal,
    ) as running:  # fmt: skip
        os.close(terminal)
        said = b""
        while b"sweeping" not in said:  # the bar: it is under way
            said += os.read(master, 4096)
        running.send_signal(signal.SIGINT)
        start = time.monotonic()
        said = said.partition(b"sweeping")[2] + rest_of(master)
        assert running.wait() == 130
        assert time.monotonic() - start < 30.0  # the sweep would take minutes
        assert running.stdout.read() == b""
    assert said.count(b"error: interrupted; nothing half written is left behind") == 1
    assert b"Traceback" not in said
    assert [path.name for path in folder.iterdir() if path.name != "__pycache__"] == ["wide.py"]


def rest_of(terminal):
    said = b""
    while True:
        try:
            part = os.read(terminal, 4096)
        except OSError:  # the other end is closed
            return said
        if not part:
            return said
        said += part


def test_a_sweep_from_python_leaves_no_thread(folder):
    answer = subprocess.run(
        [sys.executable, "-c", FROM_PYTHON], cwd=folder, capture_output=True, text=True, check=True
    ).stdout.split()
    assert int(answer[0]) == 1
    assert float(answer[1]) < 30.0  # the sweep would take minutes


def test_an_interrupt_that_gets_lost_is_obeyed_all_the_same():
    code = (
        "import time\n"
        "from tenfold.app.cli.interrupt import obeyed\n"
        "with obeyed(False, 0.1):\n"
        "    try:\n"
        "        print('ready', flush=True)\n"
        "        time.sleep(60)\n"
        "    except KeyboardInterrupt:\n"
        "        time.sleep(60)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout.readline() == "ready\n"
        running.send_signal(signal.SIGINT)
        assert running.stderr.read() == "error: interrupted; nothing half written is left behind\n"
        assert running.wait() == 130


def test_the_handler_of_others_stays():
    before = signal.signal(signal.SIGINT, lambda number, frame: None)
    try:
        mine = signal.getsignal(signal.SIGINT)
        with interrupt.obeyed(False):
            assert signal.getsignal(signal.SIGINT) is mine
    finally:
        signal.signal(signal.SIGINT, before)
    with interrupt.obeyed(False):
        assert signal.getsignal(signal.SIGINT) is not signal.default_int_handler
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_an_interrupt_within_the_grace_is_an_exception():
    with pytest.raises(KeyboardInterrupt):
        press_within(30.0)


def press_within(grace_s):
    with interrupt.obeyed(False, grace_s):
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(5)


SLOW = """
import time
from pathlib import Path


class Slow:
    name = "slow"
    bars = 0

    def on_bar(self, window):
        self.bars += 1
        Path(__file__).with_suffix(".begun").write_text(str(self.bars))
        if self.bars == {hangs}:
            time.sleep(600.0)
        return 1.0 if self.bars % 2 else -1.0
"""


SLOW_TO_BEGIN = """
import time
from pathlib import Path


class Slow:
    name = "slow"

    def __init__(self):
        if {hangs}:
            Path(__file__).with_suffix(".begun").touch()
            time.sleep(600.0)

    def on_bar(self, window):
        return 1.0
"""


def paper(folder, *more, hangs=0, source=SLOW):
    """Begin a run on paper, and return its process once it has decided on a bar, or hangs before."""
    (folder / "slow.py").write_text(source.format(hangs=hangs))
    line = ["paper", "slow.py:Slow", "--sample", "us-large-caps", "--journal", "journal.db", *more]
    running = subprocess.Popen(
        [sys.executable, "-m", "tenfold", *line], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    end_s = time.monotonic() + 60.0
    while not (folder / "slow.begun").exists():
        assert running.poll() is None, running.stderr.read()
        assert time.monotonic() < end_s
        time.sleep(0.02)
    return running


@pytest.mark.parametrize(
    ("number", "said", "code"),
    [(signal.SIGINT, "interrupted", 130), (signal.SIGTERM, "terminated", 143), (signal.SIGHUP, "hung up", 129)],
)
def test_a_run_on_paper_is_closed_and_says_how_it_is_repeated(tmp_path, number, said, code):
    with paper(tmp_path, "--pace", "0.1") as running:
        running.send_signal(number)
        assert running.stderr.read() == (
            f"error: {said}; `tenfold replay journal.db run-1` repeats what was traded; another run begins at the first bar again\n"
        )
        assert running.stdout.read() == ""
        assert running.wait() == code
    assert replay(tmp_path / "journal.db", "run-1").same


@pytest.mark.parametrize(
    ("hangs", "left"),
    [
        ("True", "no bar was traded yet: there is no report, and the run was not begun"),
        (
            "Path('journal.db').exists()",
            "no bar was traded, so that there is no report, and run run-1 of journal.db holds none; the same command begins another",
        ),
    ],
)
def test_a_run_on_paper_that_has_seen_no_bar_says_so(tmp_path, hangs, left):
    with paper(tmp_path, source=SLOW_TO_BEGIN, hangs=hangs) as running:
        running.send_signal(signal.SIGINT)
        assert running.stderr.read() == f"error: interrupted; {left}\n"
        assert running.wait() == 130


def test_a_second_signal_ends_a_strategy_that_hangs(tmp_path):
    with paper(tmp_path, hangs=1) as running:
        running.send_signal(signal.SIGTERM)
        time.sleep(1.0)  # two that wait together are one
        running.send_signal(signal.SIGTERM)
        assert running.stderr.read().startswith("error: terminated; ")
        assert running.wait() == 143

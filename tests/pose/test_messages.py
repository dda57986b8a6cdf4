"""Messages between program and workers: what is allowed, and what is refused."""

from __future__ import annotations

import builtins
import functools
import io
import json
import os
import pickle
import struct
import subprocess
import threading
from pathlib import Path

import numpy as np
import pool_tasks
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from formcheck.errors import ClipError, OutputError
from formcheck.lifts.limits import load_limits
from formcheck.motion.bar.candidates import SearchArea
from formcheck.motion.bar.circles import Circle
from formcheck.options import Options
from formcheck.pose import worker
from formcheck.pose.skeleton import Joint
from formcheck.runtime import messages, workers
from formcheck.runtime.files import write_text
from formcheck.runtime.messages import MessageError

NUMBERS = st.one_of(*(st.just(np.dtype(name)) for name in ("?", "u1", "i2", "i8", "f4", "f8", ">f8")))
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(st.text() | st.integers(), inner),
    max_leaves=20,
)


def through(value):
    return messages.unpacked(messages.packed(value))


@given(PLAIN)
def test_plain_values_come_back_as_they_were(value):
    back = through(value)
    assert back == value
    assert repr(back) == repr(value)  # 1 is no True, a tuple no list


@given(NUMBERS.flatmap(lambda kind: arrays.arrays(kind, arrays.array_shapes(min_dims=0, min_side=0))))
def test_arrays_come_back_bit_by_bit_and_may_be_written_to(array):
    for given_array in (array, array.T, array[..., ::2] if array.ndim else array):
        back = through([given_array])[0]
        assert back.dtype == given_array.dtype
        assert back.shape == given_array.shape
        assert back.tobytes() == given_array.tobytes()
        assert back.flags.writeable


def test_messages_between_stages_survive_a_round_trip():
    options = Options.of(limits=load_limits(), track=Path("odd\udcff name.trc"))
    assert through(options) == options
    circle = Circle(np.float64(1.5), float("nan"), float("inf"), -0.0)
    assert repr(through(circle)) == repr(circle)
    look = SearchArea(3, (1, 2, 3, 4), np.ones((2, 2)), np.zeros((1, 2)), 40.0)
    assert repr(through(look)) == repr(look)
    assert through(Joint.NOSE) is Joint.NOSE
    assert type(through(np.float32(0.1))) is np.float32
    errors = (ClipError("no."), OutputError("full."), OSError(28, "full", "a.mp4"), MemoryError("x"), KeyError("k"))
    for error in errors:
        back = through(error)
        assert type(back) is type(error)
        assert str(back) == str(error)


@pytest.mark.parametrize(
    "value", [object(), os.system, subprocess.Popen, {1, 2}, np.array([None]), np.array(["a"]), threading.Lock()]
)
def test_what_cannot_be_carried_is_refused_before_anything_is_written(value):
    with pytest.raises(TypeError, match="cannot carry"):
        messages.packed(value)


class Gun:
    """Pickles into a call."""

    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


def foreign_pickles(trace: Path):
    command = f"touch {trace}"
    return [
        Gun(os.system, command),
        Gun(builtins.eval, f"open({str(trace)!r}, 'w')"),
        Gun(functools.partial, os.system, command),
        Gun(np.save, str(trace), np.zeros(1)),
        Gun(write_text, trace, "x"),
        np.zeros(3),
    ]


@pytest.mark.parametrize("which", range(6))
def test_a_foreign_pickle_is_refused_with_a_sentence_and_nothing_runs(tmp_path, which):
    trace = tmp_path / "trace"
    bomb = pickle.dumps((foreign_pickles(trace)[which], ()))
    with pytest.raises(MessageError, match=r"^a message begins with .*; expected b'formchk1' of formcheck's own processes\.$"):
        messages.receive(io.BytesIO(bomb + bytes(100)))
    running = subprocess.run(
        worker.command("none:None", ""), input=bomb + bytes(100), capture_output=True, timeout=60, check=False
    )
    assert running.returncode == workers.NO_MESSAGE
    assert running.stderr.decode().startswith("formcheck's worker stops: a message begins with")
    assert running.stderr.count(b"\n") == 1
    assert not trace.exists()


def message_of(body, described=()):
    text = json.dumps([body, list(described)]).encode()
    return io.BytesIO(struct.pack("<8sQ", b"formchk1", len(text)) + text)


@pytest.mark.parametrize(
    "body",
    [
        ["dataclass", "subprocess:Popen", {"args": ["list", ["true"]]}],
        ["dataclass", "os:system", {}],
        ["dataclass", "functools:partial", {}],
        ["dataclass", "formcheck.video.writer:VideoWriter", {}],  # ours, but it opens a file
        ["dataclass", "formcheck.runtime.files:write_text", {}],
        ["dataclass", "formcheck.runtime.files:os.system", {}],
        ["dataclass", "formcheck.runtime.files:Path", {}],  # only what a module defined itself
        ["dataclass", "builtins:print", {}],
        ["exception", "builtins:eval", ["list", ["1"]]],
        ["exception", "builtins:SystemExit", []],
        ["exception", "builtins:KeyboardInterrupt", []],
        ["exception", "formcheck.motion.bar.circles:Circle", []],
        ["enum", "formcheck.motion.bar.circles:Circle", "x"],
        ["number", "O", "x"],
        ["number", "i4,i4", 1],
        ["call", "os:system", ["true"]],
        {"no": "kind"},
        [],
        [["list", []]],
        ["array", 0],
    ],
)
def test_a_message_names_nothing_but_our_own_types(body):
    with pytest.raises(MessageError, match=r"^a message .*\.$"):
        messages.receive(message_of(body))


@pytest.mark.parametrize("described", [[["O", [1]]], [["f8", [-1]]], [["f8", [1 << 40]]], [["f8", [1.5]]], [["V8", [1]]], 3])
def test_invalid_arrays_are_refused(described):
    with pytest.raises(MessageError):
        messages.receive(message_of(None, described if isinstance(described, list) else [described]))


@pytest.mark.parametrize(
    "name",
    ["os:system", "builtins:eval", "formcheck.runtime.files:write_text", "formcheck.pose.worker:main", "no:such", ":", "x"],
)
def test_only_functions_made_for_workers_are_run(name):
    with pytest.raises(MessageError, match="no function for worker processes"):
        messages.task_named(name)


def test_every_task_for_workers_is_registered():
    from formcheck.apps.batch.work import finish
    from formcheck.motion.bar.candidates import search

    for function in (worker.warm, worker.detect, worker.detect_in_run, search, finish):
        assert messages.task_named(messages.task_name(function)) is function


def test_a_truncated_message_ends_the_stream():
    whole = b"".join(messages.packed([np.ones(9), "x"]))
    for length in range(len(whole)):
        with pytest.raises(EOFError):
            messages.receive(io.BytesIO(whole[:length]))


def test_deep_nesting_is_refused():
    deep: list = ["list", []]
    for _ in range(100_000):
        deep = ["list", [deep]]
    text = "[" * 200_000 + "]" * 200_000
    stream = io.BytesIO(struct.pack("<8sQ", b"formchk1", len(text)) + text.encode())
    with pytest.raises(MessageError):
        messages.receive(stream)


def test_types_of_other_packages_must_be_allowed(monkeypatch):
    with pytest.raises(TypeError, match="@worker_task"):
        messages.task_name(pool_tasks.die)
    monkeypatch.setattr(messages, "PACKAGES", pool_tasks.PACKAGES)
    assert messages.task_named(messages.task_name(pool_tasks.die)) is pool_tasks.die

# SPDX-License-Identifier: Apache-2.0
"""Tests the runner for a fresh Debian, without a fresh Debian."""

import subprocess

import fresh

# Four processes that write errors, and the trace of the shell, while the last of them prints.
NOISY = "(" + " | ".join(["sh -c 'echo noise >&2; cat'"] * 4) + " ) < input"


def test_output_of_a_step_is_free_of_errors_and_trace(tmp_path):
    """In one common file, the order of output, errors and trace changed in one of four runs."""
    (tmp_path / "input").write_text("printed\n")
    for _ in range(50):
        steps = [("before", "echo before"), ("noisy", NOISY), ("after", "false"), ("never", "echo never")]
        result = subprocess.run(["sh", "-eux", "-c", fresh.script(steps, str(tmp_path))], cwd=tmp_path, check=False)
        run = fresh.Run(result.returncode, fresh.printed_by(steps, tmp_path), "")
        assert run.returncode == 1 and [step.name for step in run.steps] == ["before", "noisy", "after"]
        assert run.seen("noisy") == "printed\n" and run.stdout == "before\nprinted\n"
        assert run.stderr.count("noise\n") == 4

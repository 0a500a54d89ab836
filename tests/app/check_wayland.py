#!/usr/bin/env python3
"""The viewer in a native Wayland window, at scales 1 and 2: a compositor without a screen (weston), and GLFW's
library for Wayland in the place of the usual one.

    tests/app/check_wayland.py build/dev/src/app/layerscope build/unpacked

Exit status 77: one of them is missing, nothing was checked.
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

PATIENCE_SECONDS = 60


def start_compositor(folder, scale):
    socket = f"layerscope-{scale}"
    log = open(folder / "weston.log", "a")
    weston = subprocess.Popen(
        ["weston", "--backend=headless-backend.so", "--no-config", "--idle-time=0", f"--socket={socket}",
         f"--scale={scale}", "--width=1000", "--height=700"], stdout=log, stderr=log)
    end = time.monotonic() + PATIENCE_SECONDS
    while not (folder / socket).exists():
        if weston.poll() is not None or time.monotonic() > end:
            sys.exit("weston did not start:\n" + (folder / "weston.log").read_text())
        time.sleep(0.02)
    return weston, socket


def view(program, socket, folder, *options):
    report = folder / "report.json"
    environment = {**os.environ, "WAYLAND_DISPLAY": socket}
    environment.pop("DISPLAY", None)
    result = subprocess.run(
        [program, "view", "--model", "points", "--frames", "3", "--size", "640x400", "--threads", "1", "--quiet",
         "--overwrite", "--json", str(report), *options],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=PATIENCE_SECONDS)
    assert result.returncode == 0, result.stdout
    return json.loads(report.read_text())


def main():
    program = pathlib.Path(sys.argv[1]).resolve()
    libraries = list(pathlib.Path(sys.argv[2]).resolve().glob("libglfw3-wayland/usr/lib/*/libglfw.so.3"))
    if not libraries or not shutil.which("weston"):
        print("weston or the unpacked package libglfw3-wayland is missing")
        sys.exit(77)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        os.environ["XDG_RUNTIME_DIR"] = name
        os.environ["LD_LIBRARY_PATH"] = str(libraries[0].parent)
        for scale in 1, 2:
            weston, socket = start_compositor(folder, scale)
            try:
                report = view(program, socket, folder)
                found = [report[key] for key in ("frames", "gl_messages", "window_width", "window_height",
                                                 "framebuffer_width", "framebuffer_height")]
                assert found == [3, 0, 640, 400, 640 * scale, 400 * scale], found
                report = view(program, socket, folder, "--fullscreen")
                # Weston's own mode is in pixels of the screen; what matters is that the picture fills it.
                assert report["fullscreen"] and report["gl_messages"] == 0, report
            finally:
                weston.terminate()
                weston.wait()
    print("scales 1 and 2, windows and fullscreen")


main()

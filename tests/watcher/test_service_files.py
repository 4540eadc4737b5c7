"""The files that make the watcher a service: they can be read, and name settings that exist."""

import configparser
import plistlib
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from watcher.settings import WatcherSettings

SERVICE = Path(__file__).parents[2] / "watcher" / "service"
KNOWN = {str(field.validation_alias) for field in WatcherSettings.model_fields.values()}
NEEDED = {"SERVER_URL", "BOOTH_ID", "HOTFOLDER_PATH", "PHOTOBOT_TOKEN_FILE"}


def unit() -> configparser.ConfigParser:
    """The systemd unit."""
    parser = configparser.ConfigParser(strict=True, interpolation=None, delimiters=("=",))
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # the documented way to keep case
    parser.read(SERVICE / "photobot-watcher.service", "utf-8")
    return parser


def test_the_unit_says_what_a_watcher_needs() -> None:
    service = unit()["Service"]
    assert service["ExecStart"].endswith(" -m watcher")
    assert service["EnvironmentFile"].endswith(".env")
    assert service["Restart"] == "always"
    assert service["RestartPreventExitStatus"] == "2"
    assert unit()["Install"]["WantedBy"] == "multi-user.target"


def test_the_units_settings_exist() -> None:
    text = (SERVICE / "watcher.env.example").read_text("utf-8")
    names = re.findall(r"^(?:# )?([A-Z][A-Z_]+)=", text, re.M)
    assert set(names) <= KNOWN
    assert set(re.findall(r"^([A-Z_]+)=", text, re.M)) == NEEDED
    hotfolder = re.search(r"^HOTFOLDER_PATH=(.+)$", text, re.M)
    assert hotfolder is not None
    assert unit()["Service"]["ReadWritePaths"] == hotfolder[1]


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd-analyze here")
def test_systemd_takes_the_unit(tmp_path: Path) -> None:
    """The program it starts is the only thing that is not to be found on this machine."""
    text = (SERVICE / "photobot-watcher.service").read_text("utf-8")
    copy = tmp_path / "photobot-watcher.service"
    copy.write_text(re.sub(r"^ExecStart=\S+", f"ExecStart={sys.executable}", text, flags=re.M))
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(copy)], capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_the_plist_says_what_a_watcher_needs() -> None:
    job = plistlib.loads((SERVICE / "com.photobot.watcher.plist").read_bytes())
    assert job["Label"] == "com.photobot.watcher"
    assert job["ProgramArguments"][1:] == ["-m", "watcher"]
    assert job["RunAtLoad"] is True
    assert job["KeepAlive"] is True
    assert set(job["EnvironmentVariables"]) == NEEDED


def test_the_windows_script_sets_what_a_watcher_needs() -> None:
    """Read only: there is no PowerShell here to run it."""
    data = (SERVICE / "install-windows-service.ps1").read_bytes()
    text = data.decode("ascii")
    assert set(re.findall(r'set `"([A-Z_]+)=', text)) == NEEDED | {"LOG"}
    assert "-m watcher" in text
    assert text.count("{") == text.count("}")
    assert text.count("(") == text.count(")")
    parameters = re.findall(r"\[string\] \$(\w+)", text.split("param(")[1].split("\n)")[0])
    assert parameters == ["Server", "Booth", "Hotfolder", "TokenFile", "Python"]
    example = text.split(".EXAMPLE")[1].split(".NOTES")[0]
    assert set(re.findall(r"-(Server|Booth|Hotfolder|TokenFile|Python)\b", example)) == set(parameters)

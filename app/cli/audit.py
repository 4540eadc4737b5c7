"""`make audit`: known holes in the locked packages, and honestly what could not be looked up.

pip-audit leaves out packages its service does not know and then says "no known vulnerabilities"; this prints
them. The exit code is 1 only for findings: an unreachable service is said in words.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

SECONDS = 300


def main() -> int:
    """Audit the requirements file given as the argument; 1 when a package has a known hole."""
    requirements = Path(sys.argv[1] if len(sys.argv) > 1 else "requirements.txt")
    command = [
        sys.executable,
        "-m",
        "pip_audit",
        "-r",
        str(requirements),
        "--require-hashes",
        "--disable-pip",
    ]
    try:
        done = subprocess.run(
            [*command, "--format", "json", "--progress-spinner", "off"],
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        answer = json.loads(done.stdout)
    except subprocess.TimeoutExpired:
        return _not_checked(f"the advisory service did not answer within {SECONDS} s")
    except json.JSONDecodeError:
        return _not_checked((done.stderr.strip().splitlines() or ["pip-audit gave no answer"])[-1])
    return _report(answer["dependencies"])


def _not_checked(reason: str) -> int:
    print(f"NOT CHECKED: nothing could be looked up ({reason}).")
    print("This says nothing about the packages: run `make audit` again where the service can be reached.")
    return 0


def _report(packages: list[dict[str, Any]]) -> int:
    skipped = [package for package in packages if "skip_reason" in package]
    holes = [package for package in packages if package.get("vulns")]
    for package in holes:
        for hole in package["vulns"]:
            fixed = ", ".join(hole["fix_versions"]) or "no version yet"
            print(f"HOLE     {package['name']} {package['version']}: {hole['id']}, mended in {fixed}")
    for reason, names in _by_reason(skipped).items():
        print(f"SKIPPED  {len(names)} packages ({reason}): {', '.join(names)}")
    looked_up = len(packages) - len(skipped)
    if not looked_up:
        return _not_checked("the advisory service knows none of the packages or is not reachable")
    print(f"{looked_up} packages looked up, {len(skipped)} skipped, {len(holes)} with known holes.")
    return 1 if holes else 0


def _by_reason(skipped: list[dict[str, Any]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for package in skipped:
        # The service's sentence ends in the package's own name and version.
        reason = str(package["skip_reason"]).partition(f": {package['name']}")[0]
        found.setdefault(reason, []).append(package["name"])
    return found


if __name__ == "__main__":
    sys.exit(main())

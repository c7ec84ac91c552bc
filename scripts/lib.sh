# Shared by the scripts: a virtual environment from the hashed locks, made once, renewed when a lock changes.
# Usage: . scripts/lib.sh; venv requirements.txt

die() { printf '%s\n' "$*" >&2; exit 1; }

newest_python() {
  local candidate
  for candidate in "${PYTHON:-}" python3 python3.14 python3.13 python3.12 python3.11; do
    [ -n "$candidate" ] && command -v "$candidate" >/dev/null 2>&1 || continue
    "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$candidate"; return; }
  done
  die "zhucun needs Python 3.11 or newer; none was found (set PYTHON=/path/to/python3 if it is elsewhere)."
}

venv() {
  local lock=$1 python stamp
  stamp=.venv/.installed-$(cksum < "$lock" | tr ' ' '-')-$lock
  [ -e "$stamp" ] && return
  if [ ! -x .venv/bin/python ]; then
    python=$(newest_python)
    "$python" -c 'import venv, ensurepip' 2>/dev/null ||
      die "$python has no venv support: install it (Debian, Ubuntu: apt-get install python3-venv) and try again."
    echo "Making .venv with $("$python" --version) ..."
    "$python" -m venv .venv
  fi
  echo "Installing $lock ..."
  .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r "$lock"
  .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
  rm -f .venv/.installed-*-"$lock"
  touch "$stamp"
}

# The browser of the browser tests, and a font in which Chinese is more than boxes.
has_browser() { [ -x /usr/bin/chromium ]; }
has_chinese() { command -v fc-list >/dev/null 2>&1 && [ -n "$(fc-list :lang=zh-cn family)" ]; }
browser() {
  if has_browser && has_chinese; then return; fi
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "Installing chromium and a Chinese font ..."
    if ! { apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends chromium fonts-wqy-microhei fontconfig; } >/dev/null; then
      die "The browser tests need chromium and a Chinese font, and apt-get could not install them; see its words above."
    fi
  fi
  if has_browser && has_chinese; then return; fi
  die "The browser tests need /usr/bin/chromium and a Chinese font. Debian, as root: apt-get install chromium fonts-wqy-microhei fontconfig"
}

"""What an operator sets: one frozen value, read once from a TOML file and the environment (the environment wins).

``KEYS`` is the one table: it reads, checks and documents. An unknown key is refused, so that a slip of the pen never passes
for a setting. Nothing is read from the environment anywhere else.
"""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple

PREFIX = "COFFRE_"

_OF_CLIENTS = ("COFFRE_URL", "COFFRE_PKI")
_OF_TESTS = "COFFRE_TEST_"
"""Keys of the client verbs and of the test suite, which a service started from the same shell may find in its environment."""

PORT_MAX = 65535
WORKERS_MAX = 256
"""A slip guard: each worker is a process of some 60 MB."""


class CannotStart(Exception):
    """The settings are right and something they name is not; the text is one sentence that says what to do."""


class Role(StrEnum):
    """Which actors answer in this house. [ITI TF-1: 10.1]"""

    ALL = "all"
    REGISTRY = "registry"
    REPOSITORY = "repository"


class SettingsError(Exception):
    """A setting that cannot be used; the text is one sentence that says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything an operator can set; see ``KEYS`` for what each means."""

    data_dir: Path
    database_url: str
    content_url: str
    domain: str
    host: str
    port: int
    workers: int
    mllp_port: int | None = None
    tls_cert: Path | None = None
    tls_key: Path | None = None
    tls_client_ca: Path | None = None
    trust_anchors: Path | None = None
    registry_url: str | None = None
    cda_pack: Path | None = None
    repository_unique_id: str | None = None
    home_community_id: str | None = None
    audit_repository: tuple[str, int] | None = None
    audit_ca: Path | None = None
    audit_cert: Path | None = None
    audit_key: Path | None = None
    notice_folder: Path | None = None

    @property
    def is_embedded(self) -> bool:
        """Whether the metadata lives in the embedded database of the data folder."""
        return self.database_url == _sqlite_url(self.data_dir)

    @property
    def has_tls(self) -> bool:
        """Whether the service speaks HTTPS."""
        return self.tls_cert is not None


def _path(text: str) -> Path:
    if not text:
        raise ValueError("a path")
    return Path(text).expanduser()


def _text(text: str) -> str:
    if not text.strip():
        raise ValueError("a text that is not empty")
    return text.strip()


def _whole(maximum: int, minimum: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not text.strip().isascii() or not text.strip().isdigit() or not minimum <= int(text) <= maximum:
            raise ValueError(f"a whole number from {minimum} to {maximum}")
        return int(text)

    return parse


def _url(*schemes: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if not any(text.startswith(f"{scheme}:") for scheme in schemes):
            raise ValueError("a URL that begins with " + " or ".join(f"{scheme}:" for scheme in schemes))
        return text.strip()

    return parse


def _host_and_port(text: str) -> tuple[str, int]:
    host, colon, port = text.strip().rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not colon or not host or not port.isascii() or not port.isdigit() or not 1 <= int(port) <= PORT_MAX:
        raise ValueError("a host and a port, like audit.example.org:6514")
    return host, int(port)


class Key(NamedTuple):
    """A row: the name without prefix in small letters, how its text is read, the default for people, the meaning, an example."""

    name: str
    parse: Callable[[str], Any]
    kind: str
    default: str
    meaning: str
    example: str

    @property
    def variable(self) -> str:
        """The name in the environment and in the file."""
        return PREFIX + self.name.upper()


KEYS = (
    Key(
        "data_dir",
        _path,
        "folder",
        "`./coffre-data`",
        "Where the embedded stores live: database, document bytes, demonstration keys. Made when it is missing.",
        "/var/lib/coffre",
    ),
    Key(
        "database_url",
        _url("sqlite", "postgresql+psycopg"),
        "URL",
        "`sqlite:///<data dir>/coffre.db`",
        "The database of both stores. PostgreSQL must run with `fsync`, `full_page_writes` and `synchronous_commit` on: "
        "the service refuses to start otherwise.",
        "postgresql+psycopg://coffre@db.example.org/coffre",
    ),
    Key(
        "content_url",
        _url("file"),
        "URL",
        "`file:///<data dir>/content`",
        "Where the bytes of documents are kept. Every worker and every instance of a repository must see the same folder.",
        "file:///srv/coffre/content",
    ),
    Key(
        "domain",
        _text,
        "name or path",
        "`dmp`",
        "The affinity domain: a built-in name (`ihe`, `dmp`) or the path of a TOML file. `coffre domain show NAME` prints one whole.",
        "/etc/coffre/region.toml",
    ),
    Key("host", _text, "address", "`127.0.0.1`", "The address the service listens on.", "0.0.0.0"),  # noqa: S104 - an example for people
    Key("port", _whole(PORT_MAX, 0), "number", "`8080`", "The TCP port. `0` takes a free one and says which.", "8443"),
    Key(
        "workers",
        _whole(WORKERS_MAX, 1),
        "number",
        "number of cores",
        "How many processes answer. Each judges two requests at a time; on slow disks twice the cores pays. "
        "As many as there are cores keep to one each.",
        "4",
    ),
    Key(
        "mllp_port",
        _whole(PORT_MAX, 0),
        "number",
        "none",
        "With it the registry takes the HL7 v2 patient identity feed (ITI-8) by MLLP on this port of the same address, over TLS "
        "where the service speaks TLS. `0` takes a free one; the log says which.",
        "2575",
    ),
    Key(
        "tls_cert",
        _path,
        "PEM file",
        "none",
        "Certificate chain of the server; with it the service speaks TLS 1.2 and 1.3 only. "
        "Also shown to a remote registry.",
        "/etc/coffre/server.cert.pem",
    ),
    Key("tls_key", _path, "PEM file", "none", "Private key of that certificate.", "/etc/coffre/server.key.pem"),
    Key(
        "tls_client_ca",
        _path,
        "PEM file",
        "none",
        "Who issues client certificates. With it a client without a valid certificate is turned away in the handshake. "
        "A remote registry's certificate must come from it too.",
        "/etc/coffre/clients-ca.pem",
    ),
    Key(
        "trust_anchors",
        _path,
        "folder of PEM files",
        "none",
        "Issuers of the signatures of assertions and documents.",
        "/etc/coffre/trust",
    ),
    Key(
        "registry_url",
        _url("http", "https"),
        "URL",
        "none",
        "With the repository role: where ITI-42 goes, that is the registry endpoint of another service.",
        "https://registry.example.org/services/registry",
    ),
    Key(
        "cda_pack",
        _path,
        "folder",
        "none",
        "CDA schemas, schematrons and value sets as the ANS publishes them.",
        "/srv/cda-pack",
    ),
    Key(
        "repository_unique_id",
        _text,
        "OID",
        "from the domain",
        "repositoryUniqueId of this repository. An installation that others know needs an OID of its own.",
        "1.2.250.1.999.1.1",
    ),
    Key(
        "home_community_id",
        _text,
        "`urn:oid:` OID",
        "from the domain",
        "homeCommunityId of the community this service belongs to.",
        "urn:oid:1.2.250.1.999.1.2",
    ),
    Key(
        "audit_repository",
        _host_and_port,
        "host:port",
        "none",
        "With it the lines of the journal also go out as audit messages (ITI-20), by syslog over TLS to this receiver.",
        "audit.example.org:6514",
    ),
    Key(
        "audit_ca",
        _path,
        "PEM file",
        "`COFFRE_TLS_CLIENT_CA`, else the system's",
        "Who issues the certificate of the audit repository.",
        "/etc/coffre/audit-ca.pem",
    ),
    Key(
        "audit_cert",
        _path,
        "PEM file",
        "`COFFRE_TLS_CERT`",
        "Certificate chain shown to the audit repository; one that a server shows may not be good for a client.",
        "/etc/coffre/audit.cert.pem",
    ),
    Key(
        "audit_key",
        _path,
        "PEM file",
        "`COFFRE_TLS_KEY`",
        "Private key of that certificate.",
        "/etc/coffre/audit.key.pem",
    ),
    Key(
        "notice_folder",
        _path,
        "folder",
        "`<data dir>/notices`",
        "Where notices to patients are laid down as files of JSON lines, for whoever takes them to the patients.",
        "/var/spool/coffre",
    ),
)

_BY_NAME = {key.name: key for key in KEYS}


def load(config: Path | None, environment: Mapping[str, str], flags: Mapping[str, object] | None = None) -> Settings:
    """The settings of file, environment and command line, each winning over the one before.

    Raises SettingsError: unknown key, unreadable file, value of the wrong kind, keys that contradict one another.
    """
    texts = _read_file(config) if config else {}
    texts.update(_read_environment(environment))
    texts.update({name: (str(value), f"--{name}") for name, value in (flags or {}).items() if value is not None})
    return _build({name: _parse(_BY_NAME[name], *text) for name, text in texts.items()})


def settings_page() -> str:
    """The page ``docs/operations/settings.md``, made from the table."""
    lines = [
        "# Settings",
        "",
        "Made from the table in `server/settings.py`. Every key is an environment variable, or a line of the TOML file given by",
        "`coffre serve --config FILE` under the same name, or under its short form (`port` for `COFFRE_PORT`). The environment",
        "wins over the file, the command line over both. A key that is not in this table is refused.",
        "",
        "| key | kind | default | meaning |",
        "|---|---|---|---|",
    ]
    lines += [f"| `{key.variable}` | {key.kind} | {key.default} | {key.meaning} |" for key in KEYS]
    lines += ["", "## A whole file", "", "```toml"]
    lines += [f"{key.variable} = {_toml(key)}" for key in KEYS]
    lines += ["```", ""]
    return "\n".join(lines)


def _toml(key: Key) -> str:
    return key.example if key.kind == "number" else f'"{key.example}"'


def _read_file(path: Path) -> dict[str, tuple[str, str]]:
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"{path} cannot be read ({error.strerror}); give --config a readable file.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} is not TOML: {error}.") from error
    found: dict[str, tuple[str, str]] = {}
    for written, value in table.items():
        # Leniency: the short form, as other services write their files; the contract asks for the full name.
        name = written.removeprefix(PREFIX).lower()
        if name not in _BY_NAME:
            raise SettingsError(f"{path}: {written} is not a setting{_nearest(name)}.")
        if name in found:
            raise SettingsError(f"{path}: {_BY_NAME[name].variable} is given twice; keep one of the two lines.")
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise SettingsError(f"{path}: {written} must be {_article(_BY_NAME[name].kind)}.")
        found[name] = (str(value), f"{written} in {path}")
    return found


def _read_environment(environment: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    found: dict[str, tuple[str, str]] = {}
    for variable, value in environment.items():
        if not variable.startswith(PREFIX) or variable in _OF_CLIENTS or variable.startswith(_OF_TESTS):
            continue
        name = variable.removeprefix(PREFIX).lower()
        if name not in _BY_NAME or variable != _BY_NAME[name].variable:
            raise SettingsError(f"{variable} in the environment is not a setting{_nearest(name)}.")
        found[name] = (value, variable)
    return found


def _nearest(name: str) -> str:
    near = difflib.get_close_matches(name, list(_BY_NAME), n=1, cutoff=0.0)
    return f"; the nearest is {_BY_NAME[near[0]].variable}" if near else ""


def _article(kind: str) -> str:
    return f"an {kind}" if kind[0] in "aeio" else f"a {kind}"


def _parse(key: Key, text: str, where: str) -> Any:
    try:
        return key.parse(text)
    except ValueError as error:
        raise SettingsError(f"{where} must be {error}.") from error


def _build(values: dict[str, Any]) -> Settings:
    data_dir = Path(values.pop("data_dir", "coffre-data")).resolve()
    defaults: dict[str, Any] = {
        "database_url": _sqlite_url(data_dir),
        "content_url": (data_dir / "content").as_uri(),
        "domain": "dmp",
        "host": "127.0.0.1",
        "port": 8080,
        "workers": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        "notice_folder": data_dir / "notices",
    }
    settings = Settings(data_dir=data_dir, **{**defaults, **values})
    if (settings.tls_cert is None) != (settings.tls_key is None):
        missing = "COFFRE_TLS_KEY" if settings.tls_key is None else "COFFRE_TLS_CERT"
        raise SettingsError(f"COFFRE_TLS_CERT and COFFRE_TLS_KEY go together; set {missing} as well.")
    if settings.tls_client_ca is not None and settings.tls_cert is None:
        raise SettingsError("COFFRE_TLS_CLIENT_CA demands TLS; set COFFRE_TLS_CERT and COFFRE_TLS_KEY as well.")
    if (settings.audit_cert is None) != (settings.audit_key is None):
        missing = "COFFRE_AUDIT_KEY" if settings.audit_key is None else "COFFRE_AUDIT_CERT"
        raise SettingsError(f"COFFRE_AUDIT_CERT and COFFRE_AUDIT_KEY go together; set {missing} as well.")
    for key in ("audit_ca", "audit_cert"):
        if getattr(settings, key) is not None and settings.audit_repository is None:
            name = _BY_NAME[key].variable
            raise SettingsError(f"{name} is of no use without a receiver; set COFFRE_AUDIT_REPOSITORY as well.")
    for key in ("tls_cert", "tls_key", "tls_client_ca", "audit_ca", "audit_cert", "audit_key"):
        path = getattr(settings, key)
        if path is not None and not path.is_file():
            raise SettingsError(f"{_BY_NAME[key].variable} names {path}, which is not a file.")
    for key in ("trust_anchors", "cda_pack"):
        path = getattr(settings, key)
        if path is not None and not path.is_dir():
            raise SettingsError(f"{_BY_NAME[key].variable} names {path}, which is not a folder.")
    return settings


def _sqlite_url(data_dir: Path) -> str:
    return f"sqlite:///{data_dir}/coffre.db"

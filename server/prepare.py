"""What must be true before the first request: role, domain, stores, schema, safe database settings, keys. Once a start.

An embedded database is brought to this release's schema, and an empty one of any kind is set up. A PostgreSQL that holds data
is not touched: when to migrate is its operator's decision.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from server import pki, tls, wiring
from server.settings import CannotStart, Role, Settings
from sql import schema
from sql.database import Busy, Database, Unavailable, describe_url

_log = logging.getLogger("coffre.serve")


def prepare(settings: Settings, role: Role) -> None:
    """Makes ready what the workers will find. *Raises* SettingsError, CannotStart: what to do before the service can start."""
    wiring.check_role(settings, role)
    domain = wiring.choose_domain(settings)
    tls.server_context(settings)
    if role is not Role.REGISTRY:
        wiring.open_content(settings)
    with reachable_database(settings) as database:
        _check_safety(database)
        _bring_schema(database)
    _log.info("domain %s, role %s, database %s", domain.name, role, describe_url(settings.database_url))
    if settings.is_embedded or (domain.assertion.demanded and settings.trust_anchors is None):
        _make_keys(settings)
    wiring.open_trust(settings, domain)


@contextmanager
def reachable_database(settings: Settings) -> Iterator[Database]:
    """The database of the settings, for a while. *Raises* SettingsError, CannotStart when it does not answer."""
    database = wiring.open_database(settings)
    try:
        database_answers(database)
        yield database
    except (Unavailable, Busy) as error:
        raise CannotStart(
            f"the database {describe_url(settings.database_url)} does not answer ({error}); "
            "start it, or correct COFFRE_DATABASE_URL."
        ) from error
    finally:
        database.close()


def database_answers(database: Database) -> None:
    """Asks the database anything at all. *Raises* Unavailable, Busy."""
    with database.read() as work:
        work.execute("select 1")


def check_not_newer(database: Database) -> None:
    """Whether this release can know the database's schema: revisions are numbered. *Raises* CannotStart."""
    revision, needed = schema.find_revision(database), schema.newest_revision()
    if revision is not None and revision > needed:
        raise CannotStart(
            f"the database schema is at {revision}, which a newer release made (this one knows {needed}); "
            "run that release, or restore the backup made before it."
        )


def check_schema(database: Database) -> None:
    """Whether the database is at this release's schema. *Raises* CannotStart."""
    check_not_newer(database)
    revision, needed = schema.find_revision(database), schema.newest_revision()
    if revision != needed:
        raise CannotStart(
            f"the database schema is at {revision or 'no revision'}, this release needs {needed}; run: coffre db upgrade"
        )


def _check_safety(database: Database) -> None:
    unsafe = database.find_unsafe_settings()
    if unsafe:
        told = ", ".join(f"{finding.setting} = {finding.seen}" for finding in unsafe)
        raise CannotStart(
            f"the database runs with {told}: an acknowledged document could be lost in a power cut; turn them on."
        )


def _bring_schema(database: Database) -> None:
    revision = schema.find_revision(database)
    if revision == schema.newest_revision():
        return
    check_not_newer(database)
    if database.dialect == "sqlite" or (revision is None and schema.is_empty(database)):
        schema.upgrade(database)
        _log.info("database schema brought from %s to %s", revision or "nothing", schema.newest_revision())
    check_schema(database)


def _make_keys(settings: Settings) -> None:
    folder = settings.data_dir / "pki"
    try:
        is_new = pki.make_unless_there(folder)
    except pki.PKIError as error:
        raise CannotStart(str(error)) from error
    made = ", just made" if is_new else ""
    _log.warning("this service runs on demonstration keys (%s%s): not for real patients", folder, made)

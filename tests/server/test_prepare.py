"""What must be true before the first request, on both databases."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from server import prepare, wiring
from server.exchange import Exchange
from server.prepare import CannotStart
from server.settings import Settings, SettingsError
from server.wiring import Role
from soap import mtom
from sql import schema
from sql.database import Database, SafetyFinding
from tests.server import messages
from xds.wire import response, retrieval

MakeSettings = Callable[..., Settings]


@pytest.fixture
def at(make_settings: MakeSettings, fresh_url: str) -> Settings:
    """Settings over an empty database of the test's own, once a dialect."""
    return make_settings(COFFRE_DATABASE_URL=fresh_url)


def revision(settings: Settings) -> str | None:
    """The schema revision of a database."""
    database = wiring.open_database(settings)
    try:
        return schema.find_revision(database)
    finally:
        database.close()


def test_empty_database_is_set_up(at: Settings) -> None:
    prepare.prepare(at, Role.ALL)
    assert revision(at) == schema.newest_revision()
    prepare.prepare(at, Role.ALL)


def test_house_keeps_and_gives_a_document_on_either_database(at: Settings) -> None:
    prepare.prepare(at, Role.ALL)
    house = wiring.build(at, Role.ALL)
    exchange = Exchange(house.routes)
    exchange.answer(messages.asked("patients", messages.a_feed()))
    lot = messages.a_lot()
    provided = messages.read_answer(exchange.answer(messages.asked("repository", messages.a_provide(lot))))
    assert response.read_response(provided.body).errors == ()
    wanted = messages.a_retrieval(house.domain.repository_unique_id, messages.unique_id_of(lot))
    answer = messages.read_answer(exchange.answer(messages.asked("repository", wanted)))
    found = retrieval.read_retrieve_response(answer.body, lambda element: mtom.content_of(element, answer.package))
    assert b"".join(found.documents[0].content.chunks()) == messages.DOCUMENT
    house.close()


def test_PostgreSQL_that_holds_something_else_is_not_touched(at: Settings) -> None:
    """When to migrate is its operator's decision."""
    database = wiring.open_database(at)
    with database.write() as work:
        work.execute("create table theirs (id integer)")
    if database.dialect == "sqlite":
        prepare.prepare(at, Role.ALL)
        assert revision(at) == schema.newest_revision()
    else:
        with pytest.raises(CannotStart, match="run: coffre db upgrade"):
            prepare.prepare(at, Role.ALL)
        assert revision(at) is None
    database.close()


def test_database_of_a_newer_release_is_refused(at: Settings) -> None:
    prepare.prepare(at, Role.ALL)
    with prepare.reachable_database(at) as database:
        with database.write() as work:
            work.execute("update alembic_version set version_num = '9999'")
        for check in (prepare.check_schema, prepare.check_not_newer):
            with pytest.raises(CannotStart, match="9999, which a newer release made"):
                check(database)
    with pytest.raises(CannotStart, match="a newer release made"):
        prepare.prepare(at, Role.ALL)


def test_database_that_does_not_wait_for_the_disk_is_refused(at: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """[decision 7]"""
    monkeypatch.setattr(
        Database, "find_unsafe_settings", lambda self: [SafetyFinding("synchronous_commit", "off", "on")]
    )
    with pytest.raises(CannotStart, match="synchronous_commit = off: an acknowledged document could be lost"):
        prepare.prepare(at, Role.ALL)


def test_keys_are_made_on_the_embedded_database_only(make_settings: MakeSettings, at: Settings) -> None:
    prepare.prepare(at, Role.ALL)
    assert not (at.data_dir / "pki").exists()
    embedded = make_settings()
    prepare.prepare(embedded, Role.ALL)
    assert (embedded.data_dir / "pki" / "ca.cert.pem").exists()


def test_registry_alone_makes_no_content_folder(make_settings: MakeSettings) -> None:
    settings = make_settings()
    prepare.prepare(settings, Role.REGISTRY)
    house = wiring.build(settings, Role.REGISTRY)
    assert house.content is None
    assert not (settings.data_dir / "content").exists()
    assert house.routes.endpoints == ("registry", "patients")
    house.close()


def test_repository_alone_serves_no_registry(make_settings: MakeSettings) -> None:
    settings = make_settings(COFFRE_REGISTRY_URL="http://127.0.0.1:1/services/registry")
    prepare.prepare(settings, Role.REPOSITORY)
    house = wiring.build(settings, Role.REPOSITORY)
    assert house.routes.endpoints == ("repository",)
    house.close()


def test_ids_that_the_operator_sets_win_over_the_domain(make_settings: MakeSettings) -> None:
    domain = wiring.choose_domain(
        make_settings(COFFRE_REPOSITORY_UNIQUE_ID="1.2.250.1.999.1", COFFRE_HOME_COMMUNITY_ID="urn:oid:1.2.250.1.999.2")
    )
    assert (domain.repository_unique_id, domain.home_community_id) == ("1.2.250.1.999.1", "urn:oid:1.2.250.1.999.2")


@pytest.mark.parametrize(
    ("url", "path"),
    [("file:///srv/a%20b", "/srv/a b"), ("file://localhost/srv/x", "/srv/x"), ("file:/srv/x", "/srv/x")],
)
def test_content_folder_is_the_path_of_its_URL(make_settings: MakeSettings, url: str, path: str) -> None:
    assert str(wiring.content_folder(make_settings(COFFRE_CONTENT_URL=url))) == path


@pytest.mark.parametrize("url", ["file://host/x", "file:relative"])
def test_content_folder_elsewhere_is_refused(make_settings: MakeSettings, url: str) -> None:
    with pytest.raises(SettingsError, match="an absolute path"):
        wiring.content_folder(make_settings(COFFRE_CONTENT_URL=url))

"""The verdict on each certificate of the test PKI, at several moments; and how long a verdict may be said again."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from signing import trust as trust_module
from signing.policy import Revocation
from signing.report import Indication, SignatureRefused, SubIndication
from signing.rules import RULES
from signing.trust import NOBODY_TRUSTED, VERDICT_SECONDS, Purpose, Trust
from tests.pki import authority
from tests.pki.authority import NOW

GOOD = ("seal", "seal-p256", "seal-p384", "other-seal", "portal-seal", "professional-signature")

REFUSED = {
    "root": (SubIndication.CHAIN_CONSTRAINTS_FAILURE, "SIG-CERT-USAGE"),
    "issuing": (SubIndication.CHAIN_CONSTRAINTS_FAILURE, "SIG-CERT-USAGE"),
    "retired-issuing": (SubIndication.CHAIN_CONSTRAINTS_FAILURE, "SIG-CERT-USAGE"),
    "withdrawn-issuing": (SubIndication.CHAIN_CONSTRAINTS_FAILURE, "SIG-CERT-USAGE"),
    "deep-issuing": (SubIndication.CHAIN_CONSTRAINTS_FAILURE, "SIG-CERT-USAGE"),
    "professional-authentication": (SubIndication.CHAIN_CONSTRAINTS_FAILURE, "SIG-CERT-USAGE"),
    "establishment-tls": (SubIndication.CHAIN_CONSTRAINTS_FAILURE, "SIG-CERT-USAGE"),
    "portal-tls": (SubIndication.CHAIN_CONSTRAINTS_FAILURE, "SIG-CERT-USAGE"),
    "wrong-usage": (SubIndication.CHAIN_CONSTRAINTS_FAILURE, "SIG-CERT-USAGE"),
    "without-usage": (SubIndication.CHAIN_CONSTRAINTS_FAILURE, "SIG-CERT-USAGE"),
    "expired": (SubIndication.EXPIRED, "SIG-CERT-EXPIRED"),
    "not-yet-valid": (SubIndication.NOT_YET_VALID, "SIG-CERT-NOT-YET-VALID"),
    "revoked": (SubIndication.REVOKED, "SIG-CERT-REVOKED"),
    "under-withdrawn": (SubIndication.REVOKED, "SIG-CERT-REVOKED"),
    "under-retired": (SubIndication.CHAIN_CONSTRAINTS_FAILURE, "SIG-CERT-CONSTRAINTS"),
    "under-deep": (SubIndication.CHAIN_CONSTRAINTS_FAILURE, "SIG-CERT-CONSTRAINTS"),
    "sha1": (SubIndication.CRYPTO_CONSTRAINTS_FAILURE, "SIG-CERT-CONSTRAINTS"),
    "self-signed": (SubIndication.NO_CERTIFICATE_CHAIN_FOUND, "SIG-CERT-CHAIN"),
    "short": (SubIndication.CRYPTO_CONSTRAINTS_FAILURE, "SIG-CERT-KEY"),
    "odd-curve": (SubIndication.CRYPTO_CONSTRAINTS_FAILURE, "SIG-CERT-KEY"),
    "edwards": (SubIndication.CRYPTO_CONSTRAINTS_FAILURE, "SIG-CERT-KEY"),
}


@pytest.fixture(scope="module")
def trust() -> Trust:
    """Trust in the test PKI, with its lists."""
    return authority.trust()


def refusal(trust: Trust, name: str, at: datetime = NOW, pki: str = authority.SANTE) -> SignatureRefused:
    """Why the certificate of that name is refused."""
    with pytest.raises(SignatureRefused) as caught:
        trust.judge(authority.der(name, pki), at, Purpose.SEAL)
    return caught.value


def test_every_certificate_of_the_test_PKI_has_its_verdict() -> None:
    assert set(authority.issued()) == {*GOOD, *REFUSED}


@pytest.mark.parametrize("purpose", Purpose)
@pytest.mark.parametrize("name", GOOD)
def test_seal_and_signature_pass_without_a_warning(trust: Trust, name: str, purpose: Purpose) -> None:
    signer = trust.judge(authority.der(name), NOW, purpose)
    assert signer.certificate == authority.der(name)
    assert signer.warnings == ()


@pytest.mark.parametrize("name", REFUSED)
def test_certificate_is_refused_with_the_word_of_ETSI_and_the_rule(trust: Trust, name: str) -> None:
    """[ETSI EN 319 102-1: 5.2.6]"""
    refused = refusal(trust, name)
    assert (refused.sub_indication, refused.rule) == REFUSED[name]
    assert refused.rule in RULES
    assert refused.reason != refused.reason_fr


@pytest.mark.parametrize("name", REFUSED)
def test_refusal_names_nobody(trust: Trust, name: str) -> None:
    refused = refusal(trust, name)
    assert not {"EXEMPLE", "8997", "10B0"} & {word for word in ("EXEMPLE", "8997", "10B0") if word in refused.reason}


def test_signer_is_told_as_RFC_4514_has_names(trust: Trust) -> None:
    signer = trust.judge(authority.der("seal"), NOW, Purpose.SEAL)
    assert signer.subject == "CN=HOPITAL DES EXEMPLES,OU=10B0000000,O=HOPITAL DES EXEMPLES,ST=Jura (39),C=FR"
    assert signer.issuer == "CN=AC DES EXEMPLES ET CACHETS,OU=0002 000000001,O=AUTORITE DES EXEMPLES,C=FR"
    assert (signer.common_name, signer.organizational_unit) == ("HOPITAL DES EXEMPLES", "10B0000000")
    professional = trust.judge(authority.der("professional-signature"), NOW, Purpose.ASSERTION)
    assert (professional.common_name, professional.organizational_unit) == ("899700000000", "")


def test_authority_of_the_same_name_but_another_key_is_nobody(trust: Trust) -> None:
    """A forger's root: its whole chain says what the real one says."""
    for name in ("root", "issuing", "seal"):
        assert authority.certificate(name, authority.ETRANGERE).subject == authority.certificate(name).subject
    refused = refusal(trust, "seal", pki=authority.ETRANGERE)
    assert refused.sub_indication is SubIndication.NO_CERTIFICATE_CHAIN_FOUND
    assert refused.indication is Indication.INDETERMINATE


def test_dates_decide_at_the_moment_that_is_given_and_to_the_second() -> None:
    seal = authority.certificate("expired")
    first, last = seal.not_valid_before_utc, seal.not_valid_after_utc
    trust = authority.trust(Revocation.OFF)
    second = timedelta(seconds=1)
    assert refusal(trust, "expired", first - second).sub_indication is SubIndication.NOT_YET_VALID
    for moment in (first, last):
        assert trust.judge(authority.der("expired"), moment, Purpose.SEAL).warnings == ()
    assert refusal(trust, "expired", last + second).sub_indication is SubIndication.EXPIRED


def test_certificate_passes_at_a_moment_before_it_was_revoked() -> None:
    trust = authority.trust()
    before = datetime(2025, 5, 31, 23, 59, 59, tzinfo=UTC)
    assert trust.judge(authority.der("revoked"), before, Purpose.SEAL).warnings == ()
    assert refusal(trust, "revoked", before + timedelta(seconds=1)).sub_indication is SubIndication.REVOKED


def test_chain_ends_with_an_anchor_that_is_no_root() -> None:
    trust = Trust([authority.certificate("issuing")], revocation=Revocation.OFF)
    assert trust.judge(authority.der("seal"), NOW, Purpose.SEAL).warnings == ()


def test_anchor_out_of_date_is_no_anchor() -> None:
    trust = Trust([authority.certificate("retired-issuing")], revocation=Revocation.OFF)
    assert trust.judge(authority.der("under-retired"), datetime(2023, 1, 1, tzinfo=UTC), Purpose.SEAL)
    assert refusal(trust, "under-retired").rule == "SIG-CERT-CONSTRAINTS"


class TestRevocation:
    """What each policy makes of lists that are there, run out, or missing."""

    LATER = NOW + timedelta(days=365)

    @pytest.fixture
    def unlisted(self) -> Iterator[dict[Revocation, Trust]]:
        """Trust without any list, by policy."""
        yield {
            policy: Trust([authority.certificate("root")], [authority.certificate("issuing")], (), policy)
            for policy in Revocation
        }

    def test_without_lists_OFF_says_nothing_KNOWN_warns_and_REQUIRED_refuses(
        self, unlisted: dict[Revocation, Trust]
    ) -> None:
        seal = authority.der("seal")
        assert unlisted[Revocation.OFF].judge(seal, NOW, Purpose.SEAL).warnings == ()
        warnings = unlisted[Revocation.KNOWN].judge(seal, NOW, Purpose.SEAL).warnings
        assert [warning.endswith("is told of by no revocation list.") for warning in warnings] == [True, True]
        refused = refusal(unlisted[Revocation.REQUIRED], "seal")
        assert (refused.sub_indication, refused.rule) == (SubIndication.TRY_LATER, "SIG-CERT-REVOCATION-UNKNOWN")
        assert refused.indication is Indication.INDETERMINATE

    def test_list_that_has_run_out_warns_or_refuses_as_a_missing_one(self) -> None:
        seal = authority.der("seal")
        warnings = authority.trust().judge(seal, self.LATER, Purpose.SEAL).warnings
        assert all("run out" in warning for warning in warnings)
        assert len(warnings) == 2
        assert refusal(authority.trust(Revocation.REQUIRED), "seal", self.LATER).rule == "SIG-CERT-REVOCATION-UNKNOWN"

    @pytest.mark.parametrize("policy", [Revocation.KNOWN, Revocation.REQUIRED])
    @pytest.mark.parametrize("name", ["revoked", "under-withdrawn"])
    def test_list_that_has_run_out_still_revokes(self, name: str, policy: Revocation) -> None:
        assert refusal(authority.trust(policy), name, self.LATER).sub_indication is SubIndication.REVOKED

    def test_leaf_is_revoked_where_no_list_tells_of_the_authority(self) -> None:
        lists = [authority.revocation_list("issuing")]
        trust = Trust([authority.certificate("root")], [authority.certificate("issuing")], lists)
        assert refusal(trust, "revoked").sub_indication is SubIndication.REVOKED

    def test_OFF_asks_no_list(self) -> None:
        trust = authority.trust(Revocation.OFF)
        assert trust.judge(authority.der("revoked"), NOW, Purpose.SEAL).warnings == ()


class TestKeptVerdicts:
    """A verdict may be said again for a while."""

    def test_verdict_is_the_same_object_within_its_time(self) -> None:
        trust = authority.trust()
        first = trust.judge(authority.der("seal"), NOW, Purpose.SEAL)
        again = NOW + timedelta(seconds=VERDICT_SECONDS - 1)
        assert trust.judge(bytes(bytearray(authority.der("seal"))), again, Purpose.SEAL) is first
        assert trust.judge(authority.der("seal"), NOW, Purpose.ASSERTION) is not first

    @pytest.mark.parametrize("elsewhen", [timedelta(seconds=VERDICT_SECONDS), timedelta(seconds=-1)])
    def test_verdict_is_judged_anew_outside_of_its_time(self, elsewhen: timedelta) -> None:
        trust = authority.trust()
        first = trust.judge(authority.der("seal"), NOW, Purpose.SEAL)
        assert trust.judge(authority.der("seal"), NOW + elsewhen, Purpose.SEAL) is not first

    def test_verdict_ends_with_the_certificate(self) -> None:
        trust = authority.trust(Revocation.OFF)
        end = authority.certificate("expired").not_valid_after_utc
        assert trust.judge(authority.der("expired"), end - timedelta(seconds=5), Purpose.SEAL)
        assert refusal(trust, "expired", end + timedelta(seconds=1)).sub_indication is SubIndication.EXPIRED

    def test_verdict_ends_with_the_revocation_list(self) -> None:
        trust = authority.trust(Revocation.REQUIRED)
        end = authority.revocation_list("issuing").next_update_utc
        assert end is not None
        assert trust.judge(authority.der("seal"), end - timedelta(seconds=5), Purpose.SEAL)
        assert refusal(trust, "seal", end).sub_indication is SubIndication.TRY_LATER

    def test_refusal_is_never_kept(self) -> None:
        trust = authority.trust()
        first, second = refusal(trust, "revoked"), refusal(trust, "revoked")
        assert first is not second
        assert trust.judge(authority.der("revoked"), datetime(2025, 5, 1, tzinfo=UTC), Purpose.SEAL)

    def test_verdicts_kept_are_bounded_and_the_oldest_goes_first(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(trust_module, "VERDICTS_MAX", 2)
        trust = authority.trust()
        kept = {name: trust.judge(authority.der(name), NOW, Purpose.SEAL) for name in GOOD[:3]}
        assert trust.judge(authority.der(GOOD[2]), NOW, Purpose.SEAL) is kept[GOOD[2]]
        assert trust.judge(authority.der(GOOD[1]), NOW, Purpose.SEAL) is kept[GOOD[1]]
        assert trust.judge(authority.der(GOOD[0]), NOW, Purpose.SEAL) is not kept[GOOD[0]]

    def test_many_threads_get_the_verdicts_that_one_gets(self) -> None:
        trust = authority.trust()
        seen: list[tuple[str, ...] | str] = []

        def judge_all() -> None:
            for step in range(10):
                for name in ("seal", "revoked", "under-deep"):
                    try:
                        at = NOW + timedelta(seconds=step * VERDICT_SECONDS)
                        seen.append(trust.judge(authority.der(name), at, Purpose.SEAL).warnings)
                    except SignatureRefused as refused:
                        seen.append(refused.rule)

        threads = [threading.Thread(target=judge_all) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(map(str, seen)) == sorted(
            ["()"] * 60 + ["SIG-CERT-REVOKED"] * 60 + ["SIG-CERT-CONSTRAINTS"] * 60,
        )


@pytest.mark.parametrize("name", GOOD)
def test_where_nobody_is_trusted_everybody_is_refused(name: str) -> None:
    assert refusal(NOBODY_TRUSTED, name).rule == "SIG-CERT-CHAIN"


def test_good_ones_are_good_today() -> None:
    """Tests of the wire cannot give the moment."""
    now = datetime.now(UTC)
    trust = authority.trust(Revocation.REQUIRED, now)
    for name in GOOD:
        assert trust.judge(authority.der(name), now, Purpose.ASSERTION)
    for name, (sub_indication, rule) in REFUSED.items():
        refused = refusal(trust, name, now)
        assert (refused.sub_indication, refused.rule) == (sub_indication, rule)

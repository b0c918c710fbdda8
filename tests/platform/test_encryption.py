"""An account's public key: set, shown and removed, and what the pipeline is told of it."""

from typing import Any

import pytest
from tests.gnupg import GnuPG
from tests.platform.conftest import CONTOSO, NORTHWIND, Caller, a_run

from trunkline.encryption.keys import read_public_key
from trunkline.pipeline.catalogue import SessionRules
from trunkline.platform.accounts.encryption import (
    public_key_of,
    public_keys,
    remove_public_key,
    set_public_key,
)
from trunkline.platform.accounts.models import PublicKey
from trunkline.platform.actors import OPERATOR, Actor, Kind, Permission
from trunkline.platform.data_access.catalogue import DatabaseCatalogue
from trunkline.platform.data_access.models import EncryptionKey, PipelineRun
from trunkline.platform.refusals import Invalid, NotFound, NotPermitted

pytestmark = pytest.mark.django_db(databases="__all__")
HOUR = 1461387600000


def rules() -> dict[str, str | None]:
    return {account: its.public_key for account, its in DatabaseCatalogue().rules("agentActivity").items()}


def test_a_key_reaches_the_pipeline_and_leaves_it(
    northwind: Caller, contoso: Caller, gnupg: GnuPG, curve_key: str, rsa_key: str
) -> None:
    assert rules() == {CONTOSO: None, NORTHWIND: None}
    set_public_key(OPERATOR, NORTHWIND, gnupg.public(curve_key))
    assert rules()[CONTOSO] is None
    assert read_public_key(rules()[NORTHWIND] or "").fingerprint == curve_key
    set_public_key(OPERATOR, NORTHWIND, gnupg.public(rsa_key))
    assert read_public_key(rules()[NORTHWIND] or "").fingerprint == rsa_key
    remove_public_key(OPERATOR, NORTHWIND)
    assert rules() == {CONTOSO: None, NORTHWIND: None}


def test_the_facts_of_a_key_are_kept(northwind: Caller, gnupg: GnuPG) -> None:
    fingerprint = gnupg.make("ed25519", subkey="cv25519", expires="1y")
    set_public_key(OPERATOR, NORTHWIND, gnupg.public(fingerprint))
    row = public_key_of(OPERATOR, NORTHWIND)
    key = read_public_key(row.armored)
    assert (row.fingerprint, row.algorithm, row.expires) == (fingerprint, "Curve25519", key.expires)
    assert row.user_ids == list(key.user_ids)
    assert row.set > HOUR


def test_what_is_no_public_key_is_refused_and_the_one_before_stays(
    northwind: Caller, gnupg: GnuPG, curve_key: str
) -> None:
    set_public_key(OPERATOR, NORTHWIND, gnupg.public(curve_key))
    for text in ("", gnupg.private(curve_key)):
        with pytest.raises(Invalid) as refused:
            set_public_key(OPERATOR, NORTHWIND, text)
        assert refused.value.field == "key"
        assert "gpg --armor --export" in refused.value.message
    assert public_key_of(OPERATOR, NORTHWIND).fingerprint == curve_key


def test_no_private_key_is_ever_stored(northwind: Caller, gnupg: GnuPG, curve_key: str) -> None:
    with pytest.raises(Invalid):
        set_public_key(OPERATOR, NORTHWIND, gnupg.private(curve_key))
    assert not PublicKey.objects.exists()


def test_an_account_without_a_key_is_told_to_be_in_clear(northwind: Caller) -> None:
    for verb in (public_key_of, remove_public_key):
        with pytest.raises(NotFound, match="published in clear"):
            verb(OPERATOR, NORTHWIND)
    assert public_keys(OPERATOR) == []


def test_an_unknown_account_is_told(db: None, gnupg: GnuPG, curve_key: str) -> None:
    with pytest.raises(NotFound, match="no account"):
        set_public_key(OPERATOR, "1", gnupg.public(curve_key))


@pytest.mark.parametrize(
    "act",
    [
        lambda actor: set_public_key(actor, NORTHWIND, ""),
        lambda actor: public_key_of(actor, NORTHWIND),
        lambda actor: remove_public_key(actor, NORTHWIND),
    ],
)
def test_only_who_may_configure_the_account_may_touch_its_key(northwind: Caller, act: Any) -> None:
    reader = Actor(Kind.KEY, "a", NORTHWIND, frozenset({Permission.DATA_ACCESS}))
    with pytest.raises(NotPermitted):
        act(reader)
    stranger = Actor(Kind.USER, "b", CONTOSO, frozenset({Permission.CONFIGURE}))
    with pytest.raises(NotFound):
        act(stranger)


def test_a_user_sees_the_key_of_the_own_account_only(
    northwind: Caller, contoso: Caller, gnupg: GnuPG, curve_key: str
) -> None:
    for account in (CONTOSO, NORTHWIND):
        set_public_key(OPERATOR, account, gnupg.public(curve_key))
    user = Actor(Kind.USER, "b", CONTOSO, frozenset({Permission.CONFIGURE}))
    assert [row.account_id for row in public_keys(user)] == [CONTOSO]
    assert [row.account_id for row in public_keys(OPERATOR)] == [CONTOSO, NORTHWIND]


def test_runs_share_the_text_of_a_key(db: None, curve: str) -> None:
    catalogue = DatabaseCatalogue()
    for number in range(3):
        run = a_run(HOUR + number * 3_600_000, rules={NORTHWIND: SessionRules(public_key=curve)})
        catalogue.publish(run)
        assert catalogue.last_run("agentActivity") == run
    assert EncryptionKey.objects.count() == 1
    assert "BEGIN" not in str(PipelineRun.objects.values_list("rules", flat=True)[0])
